//! Frames of HTTP/2 (RFC 9113), good and bad, as bytes; and HPACK without a table (RFC 7541).

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const ACK: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const PADDED: u8 = 8;

pub const NO_ERROR: u32 = 0;
pub const REFUSED_STREAM: u32 = 7;

/// What a client begins with.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Which stream a frame belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// That of the request which it is an answer to.
    This,
    Is(u32),
}

/// A frame, so often.
#[derive(Clone)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: Stream,
    pub payload: Vec<u8>,
    /// What the frame says of its length, if that is not so.
    pub length: Option<usize>,
    pub times: usize,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            kind,
            flags,
            stream,
            payload,
            length,
            times,
        } = self;
        let shown = payload[..payload.len().min(300)].escape_ascii();
        write!(
            f,
            "{times} x kind {kind} flags {flags} {stream:?} length {length:?} {} \"{shown}\"",
            payload.len()
        )
    }
}

impl Frame {
    pub fn new(kind: u8, flags: u8, stream: Stream, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            flags,
            stream,
            payload: payload.into(),
            length: None,
            times: 1,
        }
    }

    pub fn on_connection(kind: u8, flags: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self::new(kind, flags, Stream::Is(0), payload)
    }

    pub fn times(self, times: usize) -> Self {
        let times = times.max(1);
        Self { times, ..self }
    }

    /// A setting, of which there may be many in one frame.
    pub fn settings(settings: &[(u16, u32)]) -> Self {
        let payload = settings
            .iter()
            .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat());
        Self::on_connection(SETTINGS, 0, payload.collect::<Vec<u8>>())
    }

    pub fn go_away(last: u32, code: u32, words: &[u8]) -> Self {
        let payload = [&last.to_be_bytes()[..], &code.to_be_bytes(), words].concat();
        Self::on_connection(GOAWAY, 0, payload)
    }

    /// As it is sent, once.
    pub fn bytes(&self, this: u32) -> Vec<u8> {
        let length = self.length.unwrap_or(self.payload.len());
        let stream = match self.stream {
            Stream::This => this,
            Stream::Is(stream) => stream,
        };
        let head = [
            &u32::try_from(length).unwrap().to_be_bytes()[1..],
            &[self.kind, self.flags],
            &stream.to_be_bytes(),
        ];
        [&head.concat()[..], &self.payload].concat()
    }
}

/// A field, without a table and without Huffman's code.
pub fn field(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        number(text.len(), 0x7f, &mut bytes);
        bytes.extend(text.bytes());
    }
    bytes
}

/// A field that the table keeps; the next one is number 62 of it.
pub fn kept_field(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = field(name, value);
    bytes[0] = 0x40;
    bytes
}

/// An integer of HPACK with so large a prefix.
fn number(mut number: usize, prefix: usize, bytes: &mut Vec<u8>) {
    if number < prefix {
        return bytes.push(u8::try_from(number).unwrap());
    }
    bytes.push(u8::try_from(prefix).unwrap());
    number -= prefix;
    while number >= 128 {
        bytes.push(u8::try_from(number % 128).unwrap() | 128);
        number /= 128;
    }
    bytes.push(u8::try_from(number).unwrap());
}
