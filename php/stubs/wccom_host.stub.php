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
 *   it, read natively (`/dev/stdin` and `/dev/fd/3` will do, but hold nothing the second time). Neither: the environment variable WCCOM_HOST_KEY.
 * - `base_url` string: everything before the version. https, or http to this machine. Default
 *   https://woocommerce.com/wp-json/wccom/host-plan.
 * - `helper_base_url` string: the same for wccom_host_verify(). Default https://woocommerce.com/wp-json/helper/1.0.
 * - `api_version` string: `v1.0` or `v2.0`. Default: v2.0, or v1.0 for a request with `customer` and without
 *   `wpcom_access_token`.
 * - `timeout` int|float|string: seconds for the whole call, retries included. Default 60. Waiting for another process that
 *   holds the site's lock may take as long again.
 * - `connect_timeout` int|float|string: seconds for one attempt to connect. Default 10, and never above `timeout`.
 * - `proxy` string: such as http://user:password@proxy.example.com:3128; empty for none. Default: HTTPS_PROXY and
 *   NO_PROXY of the environment.
 * - `ca_file` string: a PEM file with the only authorities to trust. Default: curl.cainfo or openssl.cafile of php.ini,
 *   else the system's store.
 * - `journal` string: the folder of the journal, an absolute path; made with mode 0700. Default: no journal.
 * - `home_url` string: the site's own address, if it is not the one that is registered. What `auth['url']` holds, and
 *   what the journal knows the site by.
 * - `user_id` int|string: the local user for requests from WooCommerce.com. Default: WordPress's current user, or else
 *   its administrator (on multisite: super admin) with the lowest id; 0 outside of WordPress.
 * - `current_auth` array|false|null: what the site has stored, `WC_Helper_Options::get( 'auth' )`: kept if WooCommerce.com
 *   answers with the same token and without a secret.
 *
 * `base_url`, `helper_base_url`, `ca_file`, `proxy`, `timeout`, `connect_timeout` and `journal` have ini settings
 * `wccom_host.<name>` (PHP_INI_SYSTEM). An option wins over its setting. An unknown or malformed option, and an unknown or malformed
 * field of a request, is an InvalidRequestException that names it.
 *
 * Only a connection that was never made is tried again by itself, within `timeout`. Redirects are never followed. Of an
 * answer at most 1 MiB is read.
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
	 * anybody else since two hours before it. Needs the options `journal` and a key.
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
	 * @throws \WccomHost\Exception As wccom_host_verify(); the journal cannot be read.
	 */
	function wccom_host_lookup( string $home_url, #[\SensitiveParameter] array $options = array() ): array {}

	/**
	 * Whether two addresses are of one site: the same scheme, host in any case, port, and path but for trailing slashes.
	 *
	 * @throws \WccomHost\InvalidRequestException One of them is not the address of a site.
	 */
	function wccom_host_same_site( string $url, string $other_url ): bool {}

	/**
	 * Takes the lock of a site, which this process then holds until wccom_host_journal_unlock() or the end of the request.
	 * Waits for another process at most option `timeout`. wccom_host_register() takes the lock itself if it is not held.
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
	 * What the journal knows of a registration that is not finished.
	 *
	 * @param string               $home_url The site's own address.
	 * @param array<string, mixed> $options  See the top of this file; `journal` is needed.
	 * @return array{
	 *     state: 'sent'|'received'|'secret_unavailable'|'damaged',
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
	 * }|null Null: nothing is open. `sent`: the outcome is unknown. `received`: `auth` and `registration` are those of
	 *     wccom_host_register(). `secret_unavailable`: an order was made, and the answer had no secret; `registration` has its
	 *     ids. `damaged`: the file cannot be understood; an order may exist. `started` is Unix time; `http_status` 0 if no answer came; `has_answer`: an answer that was not
	 *     understood is kept in the file, since it may hold the secret.
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
	 * `damaged`) is renamed to `<journal_file>.forgotten` instead.
	 *
	 * @param string               $home_url The site's own address.
	 * @param array<string, mixed> $options  See the top of this file; `journal` is needed.
	 * @return bool Whether there was one.
	 *
	 * @throws \WccomHost\Exception The journal cannot be written, or another process holds the lock.
	 */
	function wccom_host_journal_close( string $home_url, #[\SensitiveParameter] array $options = array() ): bool {}
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

	/** WooCommerce.com, or what stands in front of it, said no: HTTP 3xx, 4xx, or 503 with Retry-After. */
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

	/** A 2xx that is not the documented answer. */
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
}
