//! Certificates of every bad kind, made by the program openssl, since neither rcgen nor ring makes weak ones. Their keys live
//! as long as the test.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const CONFIG: &str = "[ca]\ndefault_ca=this\n[this]\nunique_subject=no\nrand_serial=yes\npolicy=any\n[any]\ncommonName=optional\n\
                      [req]\ndistinguished_name=none\nprompt=no\n[none]\n";

/// The extensions of a server's certificate that is in order.
pub const FOR_THIS_MACHINE: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
                                    extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";
/// Those of an authority.
pub const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
                             subjectKeyIdentifier=hash";

/// What a certificate is to be.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The name of the certificate that vouches for it; its own for one that is self-signed.
    pub issuer: &'a str,
    pub common_name: &'a str,
    pub key: &'a str,
    pub digest: &'a str,
    pub from: &'a str,
    pub until: &'a str,
    /// None make it a certificate of version 1.
    pub extensions: &'a str,
}

/// A server's certificate that is in order.
pub const GOOD: Wanted = Wanted {
    issuer: "root",
    common_name: "wccom-host test",
    key: "leaf",
    digest: "sha256",
    from: "20200101000000Z",
    until: "21200101000000Z",
    extensions: FOR_THIS_MACHINE,
};

/// A folder of keys and certificates: `<name>.key`, `<name>.pem`.
pub struct Certificates(TempDir);

impl Certificates {
    /// With an authority, `root`, and a key for servers, `leaf`.
    pub fn new() -> Self {
        let certificates = Self(tempfile::tempdir().unwrap());
        fs::write(certificates.path("config"), CONFIG).unwrap();
        for key in ["root", "leaf"] {
            certificates.key(key, &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        }
        certificates.authority("root", "root");
        certificates
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub fn file(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().unwrap()
    }

    pub fn key(&self, name: &str, algorithm: &[&str]) {
        let file = self.file(&format!("{name}.key"));
        openssl(&[&["genpkey", "-out", &file, "-algorithm"], algorithm].concat());
    }

    pub fn authority(&self, name: &str, issuer: &str) {
        self.issue(
            name,
            &Wanted {
                issuer,
                common_name: &format!("wccom-host test {name}"),
                key: name,
                extensions: AUTHORITY,
                ..GOOD
            },
        );
    }

    pub fn issue(&self, name: &str, wanted: &Wanted) {
        let file = |suffix: &str| self.file(&format!("{name}.{suffix}"));
        let config = self.file("config");
        let key = self.file(&format!("{}.key", wanted.key));
        let subject = format!("/CN={}", wanted.common_name);
        openssl(&[
            "req",
            "-new",
            "-config",
            &config,
            "-key",
            &key,
            "-subj",
            &subject,
            "-out",
            &file("csr"),
        ]);

        fs::write(file("extensions"), wanted.extensions).unwrap();
        // A database of its own, so that tests do not wait for each other.
        fs::write(file("index"), "").unwrap();
        let database = format!(
            "[this]\ndatabase={}\nnew_certs_dir={}\n",
            file("index"),
            self.0.path().display()
        );
        fs::write(file("config"), format!("{CONFIG}{database}")).unwrap();
        let (request, out, config, extensions) = (file("csr"), file("pem"), file("config"), file("extensions"));
        let mut arguments = vec!["ca", "-batch", "-notext", "-config", &config, "-md", wanted.digest];
        arguments.extend([
            "-in",
            &request,
            "-out",
            &out,
            "-startdate",
            wanted.from,
            "-enddate",
            wanted.until,
        ]);
        let (issuer, issuer_key) = (
            self.file(&format!("{}.pem", wanted.issuer)),
            self.file(&format!("{}.key", wanted.issuer)),
        );
        if wanted.issuer == name {
            arguments.extend(["-selfsign", "-keyfile", &key]);
        } else {
            arguments.extend(["-cert", &issuer, "-keyfile", &issuer_key]);
        }
        if !wanted.extensions.is_empty() {
            arguments.extend(["-extfile", &extensions]);
        }
        openssl(&arguments);
    }

    /// Several certificates in one file.
    pub fn bundle(&self, name: &str, parts: &[&str]) {
        let text: String = parts
            .iter()
            .map(|part| fs::read_to_string(self.path(&format!("{part}.pem"))).unwrap())
            .collect();
        fs::write(self.path(name), text).unwrap();
    }
}

/// Runs the program, and gives what it printed.
pub fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program openssl can be run (apt-get install openssl)");
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
