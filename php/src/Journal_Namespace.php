<?php
/**
 * The manual of `wp wccom-host journal`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Dispatcher\CommandNamespace;

/**
 * Looks after the journal of a control host.
 *
 * The journal has what became of every site that `wp wccom-host register-many`
 * has sent, and of every registration by wccom_host_register() that is not
 * finished. None of these commands needs WordPress, and only
 * `export --with-secrets` prints a secret. A journal that --journal names must
 * be there, and belong to the user who runs the command.
 *
 * A record is in one of these states:
 *
 * * received: registered, and the connection is in the journal
 * * closed: registered, and the connection was removed from the journal
 * * sent: the outcome is unknown, an order may exist; not sent again
 * * secret_unavailable: an order exists, and its answer had no secret; not sent
 * again
 * * refused: there is no order; the next run sends it again
 * * not_sent: the next run sends it
 * * damaged: nobody knows what the record was; not sent again
 *
 * ## EXAMPLES
 *
 *     # What is open?
 *     $ wp wccom-host journal list --state=sent,secret_unavailable
 *
 *     # Is there an order for what is unknown?
 *     $ wp wccom-host journal lookup --key-file=/etc/wccom-host/key
 */
final class Journal_Namespace extends CommandNamespace {
}
