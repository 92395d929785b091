<?php
/**
 * The manual of `wp wccom-host` itself.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Dispatcher\CommandNamespace;

/**
 * Registers sites with WooCommerce.com, for hosting partners.
 *
 * The registration is made once, and its secret is given out once: every
 * command keeps it in a journal, outside of the web root, from the moment it
 * arrives until it has been read back from the site's own database.
 *
 * No plugin and no theme of the site is loaded, unless `--load-plugins` asks
 * for it; WooCommerce alone, where products are installed, so that it connects
 * their licences.
 *
 * ## EXAMPLES
 *
 *     # Register the site with a key and a token from files.
 *     $ wp wccom-host register --key-file=/etc/wccom-host/key --wpcom-access-token-file=token.txt --porcelain
 *     2666930
 *
 *     # What a run that was killed has left behind is finished, without another request.
 *     $ wp wccom-host recover
 *
 * ## EXIT CODES
 *
 * * 0: done, or was done before
 * * 1: wrong use, or something that the command needs is missing
 * * 3: WooCommerce.com refused: there is no order
 * * 4: not sent: try again
 * * 5: unknown: an order may exist
 * * 6: registered, but not saved: the journal has the connection
 * * 7: registered before: the secret is not known here
 * * 8: saved, but WooCommerce.com did not confirm the connection
 * * 9: not every product is installed; with `register --install`, the site is
 * registered
 */
final class Host_Namespace extends CommandNamespace {
}
