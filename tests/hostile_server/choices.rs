//! Decisions, made by the bytes of a case. When the bytes are used up, each decision is the first one: the simplest.

/// The bytes that are left.
pub struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    /// From 0 to one less than this.
    pub fn below(&mut self, limit: usize) -> usize {
        let large = usize::from(limit > 256);
        (0..=2 * large).fold(0, |number, _| number << 8 | usize::from(self.byte())) % limit
    }

    /// Rarely, and not when the bytes are used up.
    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == many - 1
    }

    pub fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// At most so many bytes.
    pub fn raw(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.byte()).collect()
    }

    /// A size whose magnitude is random: mostly small.
    pub fn size(&mut self, most: usize) -> usize {
        let size = 1 << self.below(most.ilog2() as usize + 1);
        (size + self.below(size)).min(most)
    }
}
