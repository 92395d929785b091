//! Everything that is released together has one version, that of Cargo.toml.
#![allow(clippy::unwrap_used, missing_docs)]

use serde_json::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_change_log_begins_with_this_version_and_its_date() {
    let newest = include_str!("../CHANGELOG.md")
        .lines()
        .find_map(|line| line.strip_prefix("## ["))
        .unwrap();
    let (version, date) = newest.split_once("] - ").unwrap();
    assert_eq!(version, VERSION);
    let numbers: Vec<usize> = date.split('-').map(str::len).collect();
    assert_eq!(numbers, [4, 2, 2], "{date}");
}

/// Composer takes the version of a package from the tag of the repository; another one in the file would win over it.
#[test]
fn the_version_of_the_composer_packages_is_that_of_the_tag() {
    for package in [include_str!("../composer.json"), include_str!("../php/composer.json")] {
        assert_eq!(json(package).get("version"), None, "{package}");
    }
}

/// PIE looks for `php_<extension-name>-<version>_php8.2-x86_64-linux-glibc.zip` among the assets of the release, for this method only
/// (php/pie 1.4, docs/extension-maintainers.md).
#[test]
fn pie_installs_the_prebuilt_extension() {
    let package = json(include_str!("../composer.json"));
    assert_eq!(package["type"], "php-ext");
    assert_eq!(package["php-ext"]["extension-name"], "wccom_host");
    assert_eq!(
        package["php-ext"]["download-url-method"],
        serde_json::json!(["pre-packaged-binary"])
    );
    assert_eq!(package["php-ext"]["os-families"], serde_json::json!(["linux"]));
}

#[test]
fn the_commands_say_that_they_are_of_this_version() {
    let line = format!("public const VERSION = '{VERSION}';");
    assert!(include_str!("../php/src/Extension.php").contains(&line), "{line}");
}
