<?php
/**
 * Stubs of the extension wccom_host, for editors and static analysis. `./build.sh check` compares them with the
 * compiled extension.
 *
 * Sources: [API] the partner documentation of WooCommerce.com (Automattic/host-partner-documentation, woocommerce/, at
 * 7dd39d0); [WC] WooCommerce's includes/admin/helper/class-wc-helper-options.php and class-wc-helper-api.php, 3.7.0 to
 * 10.0.2.
 *
 * Every function takes `array $options` last:
 *
 * - `key` string: the key of the plan's package. Visible ASCII, at most 4 KiB. Or `key_file` string: a file that holds
 *   it, read natively (`/dev/stdin` and `/dev/fd/3` will do, but hold nothing the second time). Neither: the key of
 *   wccom_host_take_key(), or the environment variable WCCOM_HOST_KEY.
 * - `base_url` string: everything before the version. https, or http to this machine. Default
 *   https://woocommerce.com/wp-json/wccom/host-plan.
 * - `helper_base_url` string: the same for wccom_host_verify(). Default https://woocommerce.com/wp-json/helper/1.0.
 * - `api_version` string: `v1.0` or `v2.0`, for the two operations that both versions have. Default of
 *   wccom_host_register(): v2.0, or v1.0 for a request with `customer` and without `wpcom_access_token`; of
 *   wccom_host_update_url(): v1.0 for a request with `access_token`, else v2.0. All others are sent to the version that
 *   documents them.
 * - `timeout` int|float|string: seconds to get the request off, retries included, and as many again for its answer: a request
 *   that has left is not given up for the time that it took to get there. Default 60. Waiting for another process that holds
 *   the site's lock may take as long again. The time of the script's own code (a callback of wccom_host_register_many())
 *   does not count.
 * - `connect_timeout` int|float|string: seconds for one attempt to connect. Default 10, and never above `timeout`.
 * - `proxy` string: such as http://user:password@proxy.example.com:3128 (or https://, for TLS to the proxy), the credentials
 *   percent-encoded; empty for none. Default: HTTPS_PROXY or else ALL_PROXY of the environment, unless NO_PROXY has the host:
 *   names (with all below them), addresses, networks such as 10.0.0.0/8, each also with a port, or `*`. The same in lower case.
 *   HTTP_PROXY, which is a header of the request in CGI, is not read.
 * - `ca_file` string: a PEM file with the only authorities to trust, for an https:// proxy too. Default: the first of
 *   curl.cainfo, openssl.cafile and openssl.capath (a folder of such files) that php.ini has, else the system's store
 *   (SSL_CERT_FILE, SSL_CERT_DIR). Revocation lists are not looked at.
 * - `journal` string: the folder of the journal, an absolute path; made with mode 0700. Nothing is begun in one of another user.
 *   Default: no journal.
 * - `home_url` string: the site's own address, if it is not the one that is registered. What `auth['url']` holds, and
 *   what the journal knows the site by.
 * - `user_id` int|string: the local user for requests from WooCommerce.com. Default: WordPress's current user, or else
 *   its administrator (on multisite: super admin) with the lowest id; 0 outside of WordPress.
 * - `current_auth` array|false|null: what the site has stored, `WC_Helper_Options::get( 'auth' )`: kept if WooCommerce.com
 *   answers with the same token and without a secret.
 *
 * `base_url`, `helper_base_url`, `ca_file`, `proxy`, `timeout`, `connect_timeout` and `journal` have ini settings
 * `wccom_host.<name>` (PHP_INI_SYSTEM). An option wins over its setting. An unknown or malformed option, and an unknown or malformed
 * field of a request, is an InvalidRequestException that names it; so is an array that is more than 8 deep or takes more than 64 MiB.
 *
 * A call that changes something is tried again by itself only if no connection was made, within `timeout`. One that only
 * reads is also tried again after a connection broke off and after HTTP 408, 429, 500, 502, 503 and 504, with growing pauses
 * or after what `Retry-After` says, if that ends within `timeout`. Redirects are never followed. Of an answer at most 1 MiB is
 * read.
 *
 * @package wccom-host
 */

// phpcs:disable Generic.Files.OneObjectStructurePerFile, Universal.Files.SeparateFunctionsFromOO

namespace {

	/**
	 * The version of the extension, such as `0.1.0`.
	 */
	function wccom_host_version(): string {}

	/**
	 * Takes the key before code that is not trusted runs in this process: reads option `key_file` now, or else the environment
	 * variable WCCOM_HOST_KEY. Calls that name no key use it, until wccom_host_forget_key() or the end of the request. It never
	 * becomes a PHP variable. Such a call cannot have the options `base_url` and `ca_file`: the settings in php.ini say
	 * where the key goes. In a process that serves several requests, only the first finds the environment variable: name a file.
	 *
	 * In any case WCCOM_HOST_KEY is removed from the environment, and also from `/proc/self/environ`, as is what
	 * WCCOM_HOST_WPCOM_ACCESS_TOKEN was, if it has been removed before. Copies that PHP has made stay: `$_SERVER`, `$_ENV`.
	 *
	 * @param array<string, mixed> $options See the top of this file; of `key`, `key_file` and the environment the first that is there.
	 * @return bool Whether there is a key.
	 * @throws \WccomHost\InvalidRequestException If it cannot be read, or cannot be one: a key that was taken before stays.
	 */
	function wccom_host_take_key( #[\SensitiveParameter] array $options = array() ): bool {}

	/**
	 * Forgets the key that wccom_host_take_key() has taken, and zeroes it. Without one, nothing happens.
	 */
	function wccom_host_forget_key(): void {}

	/**
	 * Registers a plan for a site (`POST /register`, [API]), which makes an order.
	 *
	 * `WC_Helper_Options::update( 'auth', wccom_host_register( $request ) )` connects a site. The secret is given only the
	 * first time that the plan is registered to the site: a missing one is never returned as usable.
	 *
	 * With option `journal`, a record is written before the request and, with the secret, after the answer, and a lock keeps
	 * two processes from registering one site at once. Until wccom_host_journal_close() is called, what the record holds is the
	 * answer to the next call for this site, without a request: the registration that was received, an
	 * OutcomeUnknownException, or a SecretUnavailableException (unless `current_auth` has the same token by then).
	 *
	 * @param array{
	 *     url: string,
	 *     wpcom_access_token?: string,
	 *     customer?: array{email?: string, first_name?: string, last_name?: string, wpcom_user_id?: int, wpcom_access_token?: string},
	 *     products?: list<string>,
	 *     metadata?: array<string, string>
	 * } $request v2.0 wants `wpcom_access_token`; v1.0 wants `customer` with `email`, and `wpcom_user_id` or
	 *     `wpcom_access_token`. `url`: http or https, at most 2,048 characters, without user, query and fragment. Without
	 *     `products`, the whole plan. `metadata`: at most 64 entries.
	 * @param array<string, mixed> $options      See the top of this file.
	 * @param-out array{
	 *     customer_id: int|string,
	 *     order_id: int|string,
	 *     site_id: int,
	 *     secret_kept: bool,
	 *     api_version: string,
	 *     url: string,
	 *     from_journal: bool,
	 *     journaled: bool,
	 *     warnings: list<string>
	 * } $registration The rest of the registration: ids are ints, or digits where they do not fit; `secret_kept`: the secret
	 *     is that of `current_auth`; `url`: the one that was sent; `from_journal`: nothing was sent now; `journaled`: the
	 *     journal has it (false without a journal, or if the disk failed after the answer had come: save it now, or its secret
	 *     is lost). An empty array if the call throws.
	 * @return array{
	 *     access_token: string,
	 *     access_token_secret: string,
	 *     site_id: int,
	 *     user_id: int,
	 *     updated: int,
	 *     url: string
	 * } For `WC_Helper_Options::update( 'auth', ... )` [WC]: these keys in this order; `updated` is Unix time.
	 *
	 * @throws \WccomHost\InvalidRequestException     Nothing was sent.
	 * @throws \WccomHost\ConnectionException         Nothing was sent.
	 * @throws \WccomHost\ApiException                Refused; no order was made.
	 * @throws \WccomHost\OutcomeUnknownException     An order may exist: never send it again by itself.
	 * @throws \WccomHost\UnexpectedResponseException The same, after a 2xx that is not the documented answer.
	 * @throws \WccomHost\SecretUnavailableException  Registered before; the secret was not given again and is not known.
	 * @throws \WccomHost\Exception                   This machine could not do its part (journal, lock); nothing was sent.
	 */
	function wccom_host_register( #[\SensitiveParameter] array $request, #[\SensitiveParameter] array $options = array(), ?array &$registration = null ): array {}

	/**
	 * Registers many sites at once, each of them once.
	 *
	 * The iterable is read lazily: never further than the requests that may begin. As many requests as `concurrency` allows
	 * are in flight, over one connection where the service speaks HTTP/2. $on_result is called as each request ends, in no
	 * particular order, and in the script's own thread: it may call any function of the extension, such as another
	 * wccom_host_register_many(). While it runs, or the iterable makes its next request, the others wait.
	 *
	 * If $on_result returns false or throws, or the iterable or a signal handler throws, nothing more is begun. What is in
	 * flight is finished, recorded, and still handed to $on_result, since it may be the only copy of a secret; then the first
	 * exception is thrown again, or the summary returned. (After exit() and fatal errors it is finished and recorded.) In a child
	 * that was forked meanwhile the call throws, and the batch is its parent's. A signal handler that throws while $on_result
	 * runs interrupts $on_result, perhaps at its first line: let it wait, if a result must not be lost.
	 *
	 * With option `journal`, every request is on the disk before it is sent, and every answer before it is handed over;
	 * what has ended together is synced together. Another run over the same iterable sends nothing for a site that is
	 * registered, and nothing for one whose outcome is unknown: kill -9 and start again. One batch at a time has a journal.
	 *
	 * The service's HTTP 429, and 503 with `Retry-After` in its own words, slow the whole batch down: it waits as long as it is
	 * asked to (or 1 s, doubling up to 60 s), goes on with half as many in flight, and recovers by itself; what was refused so is
	 * sent again, up to 6 times in all. Failures that would meet every site (no connection, HTTP 401 and 403, unknown outcomes) end
	 * the batch when 30 requests that were sent after the first of them have failed without a success; so does a `Retry-After` of
	 * more than an hour.
	 *
	 * @param iterable<mixed, array<string, mixed>> $requests As for wccom_host_register(), and in the same array the options
	 *     `home_url`, `user_id` and `current_auth` of that site. Keys may be of any type.
	 * @param array<string, mixed> $options See the top of this file (`user_id`: where a request has none; default 0, also inside of
	 *     WordPress), and:
	 *     - `concurrency` int, 1 to 256: the most requests in flight. Default 16.
	 *     - `per_second` int|float: the most requests that are begun in a second. Default: as many as there are.
	 *     - `limit` int: the most sites that are sent.
	 *     - `shard` string `i/n`, i from 0 to n-1: only the sites whose stable hash (of scheme, host, port and path) says so. A
	 *       journal belongs to one shard.
	 *     - `only_failed` bool: only sites whose last result in the journal was refused or not sent.
	 *     - `dry_run` bool: checks requests, duplicates and the journal, sends nothing, writes nothing, and needs no key. $on_result
	 *       gets only what would not be registered.
	 * @param null|callable(mixed, array<string, mixed>|\WccomHost\Exception, ?array<string, mixed>): mixed $on_result The key;
	 *     the auth array, or the exception that wccom_host_register() would throw; and the registration, as that function's third
	 *     parameter gets it, or null. May be left out with option `journal`.
	 * @return array{
	 *     total: int,
	 *     registered: int,
	 *     from_journal: int,
	 *     closed: int,
	 *     refused: int,
	 *     not_sent: int,
	 *     unknown: int,
	 *     secret_unavailable: int,
	 *     invalid: int,
	 *     duplicate: int,
	 *     skipped: int,
	 *     sent: int,
	 *     to_send: int,
	 *     seconds: float,
	 *     stopped: null|'limit'|'callback'|'failing'|'journal',
	 *     reason: ?string
	 * } `total` requests were read, and ended as the counts up to `skipped` say (in a dry run, `to_send` more would be sent):
	 *     `registered` now; `from_journal` and `closed` by an earlier run (a closed one's secret has been removed from the journal
	 *     since: its result is a RegistrationClosedException); `duplicate`: a site that the batch had before
	 *     (DuplicateSiteException; by its `url` or its `home_url`); `skipped`: left alone because of `shard` or `only_failed`, without a call of $on_result. `sent`:
	 *     requests, repeats included. `stopped`: why not all was read; `reason`: the same in words, for `failing` and `journal`.
	 *
	 * @throws \WccomHost\InvalidRequestException A wrong option; nothing was sent. (A wrong request is that request's result.)
	 * @throws \WccomHost\Exception               The journal cannot be opened, or another batch has it; nothing was sent.
	 */
	function wccom_host_register_many( #[\SensitiveParameter] \Traversable|array $requests, #[\SensitiveParameter] array $options = array(), ?callable $on_result = null ): array {}

	/**
	 * Checks key, request and options as wccom_host_register() does, and sends nothing.
	 *
	 * @param array<string, mixed> $request As for wccom_host_register().
	 * @param array<string, mixed> $options See the top of this file.
	 * @return list<string> What a person should know, such as that the address is a private one.
	 *
	 * @throws \WccomHost\InvalidRequestException Names the field.
	 */
	function wccom_host_check( #[\SensitiveParameter] array $request, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * Asks WooCommerce.com about a saved connection: a `GET oauth/me` that is signed as WooCommerce signs it [WC].
	 *
	 * @param array{access_token: string, access_token_secret: string} $auth What the site has stored; further keys are ignored.
	 * @param array<string, mixed> $options See the top of this file. Needs no key.
	 * @return array<string, mixed> What WooCommerce.com says of the connection, such as `name` and `email`.
	 *
	 * @throws \WccomHost\InvalidRequestException     A credential is missing or empty.
	 * @throws \WccomHost\ApiException                The connection is not accepted (401), or the service failed.
	 * @throws \WccomHost\ConnectionException         No answer came.
	 * @throws \WccomHost\UnexpectedResponseException The answer is not a JSON object.
	 */
	function wccom_host_verify( #[\SensitiveParameter] array $auth, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * Looks for the order that a registration of unknown outcome may have made: what was ordered since it began
	 * (`GET /orders`, [API], v2.0; a new order can take a minute to show): those of the registration's customer, and those of
	 * anybody else since two hours before it; where these are more than some 100,000, only the customer's. Needs the options
	 * `journal` and a key.
	 *
	 * @param string               $home_url The site's own address.
	 * @param array<string, mixed> $options  See the top of this file.
	 * @return list<array{
	 *     id: int|string,
	 *     status: string,
	 *     date_created_gmt: string,
	 *     customer_id: int|string|null,
	 *     customer_email: string,
	 *     matches_email: bool
	 * }> Empty if the journal holds no record. `date_created_gmt` has no zone suffix; `matches_email`: the customer is the
	 *     one of the registration.
	 *
	 * @throws \WccomHost\Exception As wccom_host_verify(); the journal cannot be read; there are so many orders, and none is
	 *     the customer's.
	 */
	function wccom_host_lookup( string $home_url, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * Cancels an order (`POST /cancel`, [API] plan-cancel.md, v1.0): the keys of its subscriptions are revoked, so that the
	 * extensions go on working on the site, without updates and support. What the site has stored is left alone.
	 *
	 * @param int|string           $order_id The order; digits, where they do not fit an int.
	 * @param array<string, mixed> $options  See the top of this file.
	 * @return array{order_id: int|string, status: string} `status` is the order's, such as `cancelled`.
	 *
	 * @throws \WccomHost\Exception As wccom_host_register(). After an OutcomeUnknownException, wccom_host_order() shows the
	 *     order's status.
	 */
	function wccom_host_cancel( int|string $order_id, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * Tells WooCommerce.com that a site has another address (`POST /update-url`, [API] update-url.md, both versions).
	 *
	 * @param array{url: string, order_id: int|string}|array{url: string, access_token: string, access_token_secret: string} $request
	 *     `url`: the new address, as for wccom_host_register(). With `order_id`: v2.0. With the connection that the site has
	 *     stored: v1.0; the address is signed with `access_token_secret`, which is not sent.
	 * @param array<string, mixed> $options See the top of this file.
	 * @return array{url: string, order_id: int|string, site_id: int|string}|true v1.0 answers `true`.
	 *
	 * @throws \WccomHost\Exception As wccom_host_register(). After an OutcomeUnknownException, wccom_host_order_connections()
	 *     and wccom_host_site() show the address.
	 */
	function wccom_host_update_url( #[\SensitiveParameter] array $request, #[\SensitiveParameter] array $options = array() ): array|bool {}

	/**
	 * Moves a plan to another site (`POST /update-connected-site`, [API] update-connected-site.md, v2.0).
	 *
	 * @param array{url: string, order_id: int|string} $request The address of the other site, and the order.
	 * @param array<string, mixed>                     $options See the top of this file.
	 * @return array{order_id: int|string, site_id: int|string, url: string}
	 *
	 * @throws \WccomHost\Exception As wccom_host_update_url().
	 */
	function wccom_host_update_connected_site( array $request, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * Has WooCommerce.com install a product of the plan on the connected site (`POST /install`, [API] install.md, v2.0).
	 *
	 * @param array{product_slug: string, url: string, order_id: int|string} $request
	 * @param array<string, mixed>                                           $options See the top of this file.
	 * @return array{
	 *     request_id: int|string|null,
	 *     success: bool,
	 *     status: string,
	 *     order_id: int|string,
	 *     product_id: int|string|null,
	 *     product_slug: string,
	 *     url: string
	 * } Two answers are documented, one with `"success": true`, one with `"status": "completed"`: both become `success` true
	 *     and `status` `completed`. An answer that has `"success": false` alone becomes `status` `failed`, and any other
	 *     `status` is not a success.
	 *
	 * @throws \WccomHost\Exception As wccom_host_register(). After an OutcomeUnknownException,
	 *     wccom_host_order_connections() shows what is installed.
	 */
	function wccom_host_install( array $request, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * The package of the key, with its products (`GET /info`, [API] product-info.md, v1.0).
	 *
	 * @param array<string, mixed> $options See the top of this file.
	 * @return array{
	 *     name: string,
	 *     description: string,
	 *     products: list<array{
	 *         slug: string,
	 *         name: string,
	 *         type: 'plugin'|'theme'|null,
	 *         version: ?string,
	 *         last_updated: ?string,
	 *         last_updated_timestamp: ?int,
	 *         download_link: ?string,
	 *         homepage: ?string,
	 *         support_documentation: ?string
	 *     }>
	 * } `type`: samples have `plugins` and `themes`, the text `plugin` and `theme`; null if it is something else.
	 *     `last_updated` is a date as it was sent (YYYY-MM-DD), and `last_updated_timestamp` the Unix time of its midnight, UTC.
	 *     `download_link` is a signed address that expires: as good as a password, as long as it is valid.
	 *
	 * @throws \WccomHost\InvalidRequestException     Nothing was sent.
	 * @throws \WccomHost\ApiException                Refused.
	 * @throws \WccomHost\ConnectionException         No answer came.
	 * @throws \WccomHost\UnexpectedResponseException The answer is not the documented one.
	 */
	function wccom_host_package( #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * One product of the package (`GET /info/<slug>.json`, [API] product-info.md, v1.0).
	 *
	 * @param string               $slug    Letters a to z, digits, `-` and `_`.
	 * @param array<string, mixed> $options See the top of this file.
	 * @return array{
	 *     slug: string,
	 *     name: string,
	 *     type: 'plugin'|'theme'|null,
	 *     version: ?string,
	 *     last_updated: ?string,
	 *     last_updated_timestamp: ?int,
	 *     download_link: ?string,
	 *     homepage: ?string,
	 *     support_documentation: ?string
	 * } As in wccom_host_package(). This answer is documented without `type`, which is null then.
	 *
	 * @throws \WccomHost\Exception As wccom_host_package().
	 */
	function wccom_host_product( string $slug, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * The orders of the key (`GET /orders`, [API] reporting-endpoints.md, v2.0), the newest first, 100 a request, which is sent
	 * when the reader comes to it. A new order can take a minute to show. The list may change while it is read: an order that
	 * moves to another page is given once (unless 5,000 others come in between), and none is left out because others are
	 * cancelled meanwhile, as far as the service's own count tells. To change the status of many orders, collect their ids
	 * first.
	 *
	 * @param array{
	 *     after?: string,
	 *     before?: string,
	 *     status?: string|list<string>,
	 *     customer_id?: int|string,
	 *     offset?: int
	 * } $filters `after`, `before`: ISO 8601; write the zone, `2026-01-31T00:00:00Z` (a date alone is midnight UTC). `status`:
	 *     such as `completed`, which is the service's default, `cancelled`, `refunded`; one or more. `offset`: how many to
	 *     leave out at the beginning.
	 * @param array<string, mixed> $options See the top of this file. `timeout` is that of each request.
	 * @return \WccomHost\Orders Nothing has been sent yet.
	 *
	 * @throws \WccomHost\InvalidRequestException Nothing was sent.
	 */
	function wccom_host_orders( array $filters = array(), #[\SensitiveParameter] array $options = array() ): \WccomHost\Orders {}

	/**
	 * One order (`GET /orders/<order_id>`, [API] reporting-endpoints.md, v2.0).
	 *
	 * @param int|string           $order_id The order; digits, where they do not fit an int.
	 * @param array<string, mixed> $options  See the top of this file.
	 * @return array{
	 *     id: int|string,
	 *     status: string,
	 *     date_created: ?string,
	 *     date_created_gmt: ?string,
	 *     date_created_timestamp: ?int,
	 *     date_modified: ?string,
	 *     date_modified_gmt: ?string,
	 *     date_modified_timestamp: ?int,
	 *     customer_id: int|string|null,
	 *     customer_email: ?string,
	 *     line_items: list<array{name: string}>,
	 *     metadata: array<string, mixed>
	 * } Dates are as they were sent, without a zone; the timestamps are Unix time, from the `_gmt` ones.
	 *
	 * @throws \WccomHost\Exception As wccom_host_package(); ApiException with 404 if there is no such order.
	 */
	function wccom_host_order( int|string $order_id, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * Where the products of an order are in use (`GET /orders/<order_id>/connections`, [API] reporting-endpoints.md, v2.0).
	 *
	 * @param int|string           $order_id The order; digits, where they do not fit an int.
	 * @param array<string, mixed> $options  See the top of this file.
	 * @return list<array{product_slug: string, url: string}>
	 *
	 * @throws \WccomHost\Exception As wccom_host_order().
	 */
	function wccom_host_order_connections( int|string $order_id, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * A site, with its orders and connected products (`GET /sites/<site_id>`, [API] reporting-endpoints.md, v2.0).
	 *
	 * @param int|string           $site_id The site, as in `auth['site_id']`.
	 * @param array<string, mixed> $options See the top of this file.
	 * @return array{
	 *     order_ids: array{completed: list<int|string>, cancelled: list<int|string>},
	 *     connections: list<array{order_id: int|string, site_url: string, product_slug: ?string, product_name: ?string}>
	 * } `site_url` has no scheme. The documented `product_slug` holds a name, `USPS Shipping Method`: then that is
	 *     `product_name`, and `product_slug` is null; for a slug it is the other way round.
	 *
	 * @throws \WccomHost\Exception As wccom_host_package(); ApiException with 404 if there is no such site.
	 */
	function wccom_host_site( int|string $site_id, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * How many orders and connected products there are, in all and by month (`GET /totals`, [API] reporting-endpoints.md, v2.0).
	 *
	 * @param array<string, mixed> $options See the top of this file.
	 * @return array{
	 *     total_orders: array<string, int>,
	 *     total_connections: array<string, int>,
	 *     total_orders_by_month: array<string, array<string, int>>,
	 *     total_connections_by_month: array<string, array<string, int>>
	 * } Orders by status (`completed`, `cancelled`), connections by product slug. Months are written `2019-06`, where the
	 *     service writes `6-2019`, and are in order.
	 *
	 * @throws \WccomHost\Exception As wccom_host_package().
	 */
	function wccom_host_totals( #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * The signature of a new address for v1.0's `POST /update-url`: `hash_hmac( 'sha256', $url, $access_token_secret )`
	 * ([API] update-url.md), for those who send the request by other means. A host name beyond ASCII is signed as punycode, as
	 * it is sent.
	 *
	 * @param string $url                 The new address, as for wccom_host_register().
	 * @param string $access_token_secret The secret of the site's connection.
	 * @return string 64 lower-case hexadecimal digits.
	 *
	 * @throws \WccomHost\InvalidRequestException The address or the secret cannot be used.
	 */
	function wccom_host_sign_url( string $url, #[\SensitiveParameter] string $access_token_secret ): string {}

	/**
	 * Whether two addresses are of one site: the same scheme, host in any case, port, and path but for trailing slashes.
	 *
	 * @throws \WccomHost\InvalidRequestException One of them is not the address of a site.
	 */
	function wccom_host_same_site( string $url, string $other_url ): bool {}

	/**
	 * Takes the lock of a site, which this process then holds until wccom_host_journal_unlock() or the end of the request.
	 * Waits for another process at most option `timeout`. wccom_host_register() takes the lock itself if it is not held. While
	 * a batch (wccom_host_register_many()) of another process is running in the folder, it has all sites locked. Where the lock's
	 * file, or the journal, is removed meanwhile, the lock is lost, and no function changes anything until it is taken again.
	 *
	 * @param string               $home_url The site's own address.
	 * @param array<string, mixed> $options  See the top of this file; `journal` is needed.
	 *
	 * @throws \WccomHost\Exception Another process keeps the lock (`retryable`), or the journal cannot be written.
	 */
	function wccom_host_journal_lock( string $home_url, #[\SensitiveParameter] array $options = array() ): void {}

	/**
	 * Gives the lock of a site up; does nothing if it is not held.
	 *
	 * @param string               $home_url The site's own address.
	 * @param array<string, mixed> $options  See the top of this file; `journal` is needed.
	 */
	function wccom_host_journal_unlock( string $home_url, #[\SensitiveParameter] array $options = array() ): void {}

	/**
	 * What the journal knows of a registration that is not finished, or of one that a batch has made.
	 *
	 * @param string               $home_url The site's own address.
	 * @param array<string, mixed> $options  See the top of this file; `journal` is needed.
	 * @return array{
	 *     state: 'sent'|'received'|'secret_unavailable'|'closed'|'damaged',
	 *     url: string,
	 *     home_url: string,
	 *     api_version: string,
	 *     email: ?string,
	 *     started: int,
	 *     http_status: int,
	 *     reason: ?string,
	 *     has_answer: bool,
	 *     journal_file: string,
	 *     auth: ?array{access_token: string, access_token_secret: string, site_id: int, user_id: int, updated: int, url: string},
	 *     registration: ?array<string, mixed>
	 * }|null Null: nothing is open, and a batch that was refused may send the site again. `sent`: the outcome is unknown.
	 *     `received`: `auth` and `registration` are those of wccom_host_register(). `secret_unavailable`: an order was made, and
	 *     the answer had no secret; `registration` has its ids. `closed`: registered by a batch, and the secret has been removed
	 *     since; `registration` has the ids. `damaged`: the record cannot be understood; an order may exist. `started` is Unix
	 *     time; `http_status` 0 if no answer came; `has_answer`: an answer that was not understood is kept in the file, since it
	 *     may hold the secret. `journal_file`: the site's own file, or the log of the folder's batches, `batch.jsonl`.
	 *
	 * @throws \WccomHost\Exception The journal cannot be read.
	 */
	function wccom_host_journal_read( string $home_url, #[\SensitiveParameter] array $options = array() ): ?array {}

	/**
	 * Writes a registration that came from elsewhere, before it is stored in the site that `$auth['url']` names.
	 *
	 * @param array{access_token: string, access_token_secret: string, site_id: int, user_id: int, updated: int, url: string} $auth
	 *     As wccom_host_register() returns it.
	 * @param array<string, mixed> $registration As in its third parameter.
	 * @param array<string, mixed> $options      See the top of this file; `journal` is needed.
	 *
	 * @throws \WccomHost\InvalidRequestException A key of `$auth` is missing, empty or of a wrong type.
	 * @throws \WccomHost\Exception               The journal cannot be written.
	 */
	function wccom_host_journal_store( #[\SensitiveParameter] array $auth, array $registration, #[\SensitiveParameter] array $options = array() ): void {}

	/**
	 * Removes a site's record, and the secrets in it: after the connection was read back from the site's own database, or when
	 * a person has decided about an unknown outcome. A record that may hold a secret which nobody has read (`has_answer`, or
	 * `damaged`) is kept as `<journal_file>.forgotten` instead. Of what a batch has received, the secret is removed and the
	 * fact stays, with state `closed`: no batch sends the site again.
	 *
	 * @param string               $home_url The site's own address.
	 * @param array<string, mixed> $options  See the top of this file; `journal` is needed.
	 * @return bool Whether there was one that was not closed yet.
	 *
	 * @throws \WccomHost\Exception The journal cannot be written, or another process holds the lock.
	 */
	function wccom_host_journal_close( string $home_url, #[\SensitiveParameter] array $options = array() ): bool {}

	/**
	 * The records of a journal: the last one of each site in the log of the folder's batches (`batch.jsonl`), and those of
	 * single sites. They are read one by one, as they are when reading begins, in the same memory for any number, and without
	 * a lock, also while a batch is running.
	 *
	 * @param array{
	 *     state?: string|list<string>,
	 *     older_than?: int,
	 *     with_secrets?: bool
	 * } $filters `state`: one or more of `sent`, `received`, `secret_unavailable`, `refused`, `not_sent`, `closed`, `damaged`;
	 *     default all. `older_than`: seconds since the registration was begun (`started`). `with_secrets`: give `auth`, too;
	 *     default false.
	 * @param array<string, mixed> $options See the top of this file; `journal` is needed.
	 * @return \WccomHost\Journal
	 *
	 * @throws \WccomHost\InvalidRequestException A filter is wrong; its name is the `field`.
	 * @throws \WccomHost\Exception               There is no such folder, it cannot be read, or others can read it.
	 */
	function wccom_host_journal( array $filters = array(), #[\SensitiveParameter] array $options = array() ): \WccomHost\Journal {}

	/**
	 * Removes from the log of the folder's batches what is not needed any more, and rewrites it without what later lines have
	 * replaced. Of a registration that was `received` the secret is removed and the fact stays, with state `closed`, so that the
	 * site is not sent again; records of sites that were `refused` or `not_sent` are removed. The files of single sites are left
	 * alone: wccom_host_journal_close() removes those. After a kill the log is the old one or the new one.
	 *
	 * @param array{
	 *     state?: string|list<string>,
	 *     older_than?: int,
	 *     site?: string|list<string>,
	 *     forget?: bool
	 * } $filters `state`: default `received`, `refused` and `not_sent`. `older_than`: seconds since the registration was begun;
	 *     default 0. `site`: addresses of sites; default all. `forget`: remove the records altogether, which `state` must name
	 *     and which may be of any state then: these sites can be sent again, and those that were registered, or may be, ordered
	 *     a second time. What may hold a secret that nobody has read is kept in `batch.jsonl.forgotten`.
	 * @param array<string, mixed> $options See the top of this file; `journal` is needed.
	 * @return int How many records were changed or removed.
	 *
	 * @throws \WccomHost\InvalidRequestException A filter is wrong; its name is the `field`. Nothing was changed.
	 * @throws \WccomHost\Exception               There is no such folder, others can read it, another process works in it for
	 *     longer than `timeout` (`retryable`), or it cannot be written. Nothing was changed.
	 */
	function wccom_host_journal_prune( array $filters = array(), #[\SensitiveParameter] array $options = array() ): int {}
}

namespace WccomHost {

	/**
	 * The parent of all of them, and what is thrown when this machine could not do its part. No message holds a secret.
	 */
	class Exception extends \RuntimeException {
		/** @var string 'not_sent': safe to send again; 'refused': no order was made (but for SecretUnavailableException); 'unknown': an order may exist. */
		public string $outcome = 'unknown';
		/** Whether sending the same request later is safe and may help. */
		public bool $retryable = false;
	}

	/** An argument is wrong. Nothing was sent. */
	class InvalidRequestException extends Exception {
		public string $outcome = 'not_sent';
		/** The field as a path: `customer.email`, `products[1]`. */
		public string $field = '';
	}

	/** No connection was made; or, for a call that only reads, no answer came. */
	class ConnectionException extends Exception {
		public string $outcome = 'not_sent';
	}

	/** WooCommerce.com, or what stands in front of it, said no: HTTP 3xx, 4xx, or 503 with Retry-After in the service's own words. */
	class ApiException extends Exception {
		public string $outcome = 'refused';
		public int $httpStatus = 0;
		/** The `code` of a WordPress REST error, such as `rest_invalid_param`. */
		public ?string $apiCode = null;
		/** @var array<string, string> The parameters that it complains about, with its words where it gave some. */
		public array $apiParams = array();
		/** Seconds to wait. */
		public ?int $retryAfter = null;
	}

	/** The request may have been processed. */
	class OutcomeUnknownException extends Exception {
		/** 0 if no answer came. */
		public int $httpStatus = 0;
		/** The journal's record, if a journal was kept. */
		public ?string $journalFile = null;
	}

	/** A 2xx that is not the documented answer. `outcome` is `refused` where the call only reads. */
	class UnexpectedResponseException extends OutcomeUnknownException {
		/** The field that is missing or malformed; empty if the whole answer is. */
		public string $field = '';
	}

	/** The site was registered before: no secret was given, and none is known here. Sending again will not help. */
	class SecretUnavailableException extends Exception {
		public string $outcome = 'refused';
		public int|string $orderId = 0;
		public int $siteId = 0;
	}

	/** A request of a batch for a site that the batch had before. Nothing was sent for this one. */
	class DuplicateSiteException extends InvalidRequestException {
	}

	/** Registered by an earlier run; the secret has been removed from the journal since. Nothing was sent. */
	class RegistrationClosedException extends SecretUnavailableException {
	}

	/**
	 * Orders, as wccom_host_orders() gives them: an iterator that sends a request when the reader comes to the next page, and
	 * keeps one page in memory. It can be read again from the beginning, which asks again.
	 *
	 * current(): array with the fields of wccom_host_order() but for `metadata`. key(): from 0.
	 *
	 * Each method may throw what wccom_host_package() throws; after that the iterator is at its end, until it is rewound.
	 */
	final class Orders implements \Iterator, \Countable {
		/** Throws: only wccom_host_orders() makes them. */
		public function __construct() {}
		/** How many orders there are in all, as the service counted them for the first page, whatever `offset` leaves out. */
		public function count(): int {}
		public function rewind(): void {}
		public function valid(): bool {}
		/** @return array<string, mixed>|null Null at the end. */
		public function current(): mixed {}
		public function key(): int {}
		public function next(): void {}
	}

	/**
	 * Records of a journal, as wccom_host_journal() gives them: an iterator that reads them one by one.
	 *
	 * current(): array with the fields of wccom_host_journal_read(), `state` also `refused` (`reason` says why) or `not_sent`,
	 * `auth` null unless `with_secrets` is set, and `has_secret` (bool): whether the record holds a connection. key(): the
	 * site's own address; empty if a file is damaged. Rewinding reads the journal as it is by then.
	 *
	 * Each method may throw a \WccomHost\Exception if a file cannot be read.
	 */
	final class Journal implements \Iterator {
		/** Throws: only wccom_host_journal() makes them. */
		public function __construct() {}
		public function rewind(): void {}
		public function valid(): bool {}
		/** @return array<string, mixed>|null Null at the end. */
		public function current(): mixed {}
		public function key(): ?string {}
		public function next(): void {}
	}
}
