//! An object whose members are keyed by whatever the writer chose.

use super::Text;
use imagegate::quote;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// The members of an object by name, sorted. A name that is given twice is an error: what the first said would be
/// lost.
pub(crate) struct Table<'a, V>(pub(crate) BTreeMap<Text<'a>, V>);

impl<V> Table<'_, V> {
    /// The member of exactly this name.
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.0.get(name)
    }
}

impl<V> Default for Table<'_, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Table<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for TableVisitor<V> {
            type Value = Table<'de, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut table = BTreeMap::new();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if table.contains_key(&key) {
                        return Err(A::Error::custom(format_args!("duplicate field {}", quote(&key))));
                    }
                    table.insert(key, map.next_value()?);
                }
                Ok(Table(table))
            }
        }
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}
