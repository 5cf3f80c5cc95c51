//! FNV-1a, the hash Prometheus gives alerts their fingerprints with.

use std::collections::BTreeMap;

/// The fingerprint Alertmanager computes for a label set: FNV-1a over `name 0xFF value 0xFF` in name order.
///
/// Source: `model.LabelSet.Fingerprint` of prometheus/common.
#[must_use]
pub fn fingerprint(labels: &BTreeMap<String, String>) -> u64 {
    let mut hash = OFFSET_64;
    for (name, value) in labels {
        for byte in name.bytes().chain([SEPARATOR]).chain(value.bytes()).chain([SEPARATOR]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME_64);
        }
    }
    hash
}

/// FNV-1a with 128 bits over several parts, each closed by a separator: stable across releases, for keys that
/// are stored.
#[must_use]
pub fn fnv128<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u128 {
    let mut hash = OFFSET_128;
    for part in parts {
        for byte in part.iter().copied().chain([SEPARATOR]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME_128);
        }
    }
    hash
}

const SEPARATOR: u8 = 0xFF;
const OFFSET_64: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME_64: u64 = 0x0000_0100_0000_01b3;
const OFFSET_128: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME_128: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_labels_hash_to_the_offset() {
        assert_eq!(fingerprint(&BTreeMap::new()), OFFSET_64);
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(fnv128([b"ab".as_slice(), b"c"]), fnv128([b"a".as_slice(), b"bc"]));
    }
}
