<?php
/**
 * No file can grow beyond 4 KiB any more, as on a disk that is full.
 *
 * @package WccomHost
 */

pcntl_signal( SIGXFSZ, SIG_IGN );
posix_setrlimit( POSIX_RLIMIT_FSIZE, 4096, 4096 );
