//! A product's zip file, as `WordPress` installs it and `WooCommerce` recognizes it.

use std::io::{Cursor, Write};

use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::state::products::{Kind, Product};

/// The largest file that is made.
pub const MAX_SIZE: usize = 256 << 20;

/// The file, which is made anew each time.
pub fn zip(product: &Product) -> Result<Vec<u8>, String> {
    let padding = match product.file_size {
        None => None,
        Some(size) => Some(size.saturating_sub(smallest(product)?)),
    };
    pack(product, padding).map_err(|error| error.to_string())
}

/// The length of the shortest file that can have a length of one's choice.
pub fn smallest(product: &Product) -> Result<usize, String> {
    pack(product, Some(0))
        .map(|zip| zip.len())
        .map_err(|error| error.to_string())
}

/// Nothing is compressed, so that the length is what it should be.
fn pack(product: &Product, padding: Option<usize>) -> ZipResult<Vec<u8>> {
    let slug = &product.slug;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o644);
    let mut add = |name: &str, content: &[u8]| -> ZipResult<()> {
        zip.start_file(format!("{slug}/{name}"), options)?;
        Ok(zip.write_all(content)?)
    };
    match product.kind {
        Kind::Plugin => add(&format!("{slug}.php"), plugin(product).as_bytes())?,
        Kind::Theme => {
            add("style.css", format!("/*\n{}*/\n", headers(product, "Theme")).as_bytes())?;
            add("index.php", INDEX.as_bytes())?;
            add("functions.php", format!("<?php\n{}\n", product.code).as_bytes())?;
        }
    }
    let changelog = format!(
        "*** {} ***\n\n{} - version {}\n",
        product.name, product.last_updated, product.version
    );
    add("changelog.txt", changelog.as_bytes())?;
    if let Some(size) = padding {
        add("padding.bin", &vec![0; size])?;
    }
    Ok(zip.finish()?.into_inner())
}

/// `Woo` is what `WooCommerce` knows its extensions by: the product's number, and the hash of its file.
fn headers(product: &Product, kind: &str) -> String {
    let Product {
        id,
        name,
        version,
        homepage,
        ..
    } = product;
    let file_id = product.file_id();
    format!(
        "{kind} Name: {name}\n{kind} URI: {homepage}\nDescription: A product of the sandbox, which does nothing.\n\
         Version: {version}\nAuthor: Sandbox\nWoo: {id}:{file_id}\nRequires at least: 5.0\nRequires PHP: 7.0\n\
         License: GPL-2.0-or-later\n"
    )
}

fn plugin(product: &Product) -> String {
    let headers = headers(product, "Plugin").trim_end().replace('\n', "\n * ");
    format!(
        "<?php\n/**\n * {headers}\n */\n\ndefined( 'ABSPATH' ) || exit;\n{}\n",
        product.code
    )
}

const INDEX: &str = "<!DOCTYPE html>
<html <?php language_attributes(); ?>>
<head><?php wp_head(); ?></head>
<body <?php body_class(); ?>>
<?php
while ( have_posts() ) {
\tthe_post();
\tthe_content();
}
wp_footer();
?>
</body>
</html>
";
