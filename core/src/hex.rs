//! Lower-case hexadecimal and the two hash spellings of the documents.

/// Bytes as lower-case hex.
pub(crate) fn lower(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0F));
    }
    text
}

/// Whether `text` is exactly `length` hexadecimal digits of either case.
pub(crate) fn is_hex(text: &str, length: usize) -> bool {
    // Looking at every byte, whatever came before, is what a processor does many bytes at a time.
    text.len() == length && text.bytes().fold(true, |all, byte| all & byte.is_ascii_hexdigit())
}

/// `sha256:<64 hex>` or bare 64 hex in its one spelling: `sha256:` and lower case. `None` for anything else.
pub(crate) fn canonical_sha256_id(text: &str) -> Option<String> {
    let digits = text.split_at_checked(7).filter(|(head, _)| head.eq_ignore_ascii_case("sha256:"));
    let digits = digits.map_or(text, |(_, digits)| digits);
    is_hex(digits, 64).then(|| {
        let mut id = String::with_capacity(71);
        id.push_str("sha256:");
        id.push_str(digits);
        id.make_ascii_lowercase();
        id
    })
}
