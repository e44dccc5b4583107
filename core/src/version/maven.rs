//! Maven: the rules of `ComparableVersion`, as of Maven 3.9 and 4.
//!
//! Own code: `maven-version` was published once, follows an older Maven, and brings num-bigint into the core.
//!
//! Every text is a version to Maven. Its relation is an order among versions as they are published; among odd ones
//! (`1-rc < 1 < 1.sp.1 < 1-rc`) it runs in circles, there as here.

use super::{Number, split_while};
use std::cmp::Ordering;

/// Maven nests lists, and each is the last item of the one around it; so a version is a row of lists. A list
/// may have no items of its own.
type Version<'a> = Vec<Vec<Item<'a>>>;

#[derive(Clone, Copy)]
enum Item<'a> {
    Number(Number<'a>),
    Qualifier(Qualifier<'a>),
    /// Letters and a number: `rc1`, `rc-1`.
    Combination(Qualifier<'a>, Number<'a>),
}

/// Known qualifiers in their order, then others by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Qualifier<'a> {
    Alpha,
    Beta,
    Milestone,
    Candidate,
    Snapshot,
    Release,
    ServicePack,
    Other(&'a str),
}

pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let left = left.to_ascii_lowercase();
    let right = right.to_ascii_lowercase();
    compare_versions(&parse(&left), &parse(&right))
}

fn compare_versions(left: &Version<'_>, right: &Version<'_>) -> Ordering {
    let mut left_lists = left.iter();
    let mut right_lists = right.iter();
    // Two lists are compared item by item; where both go on with a list at the same place, those decide.
    loop {
        let (left_list, right_list) = match (left_lists.next(), right_lists.next()) {
            (Some(left), Some(right)) => (left, right),
            (None, None) => return Ordering::Equal,
            (Some(list), None) => return against_nothing(list.iter().chain(left_lists.flatten())),
            (None, Some(list)) => return against_nothing(list.iter().chain(right_lists.flatten())).reverse(),
        };
        let mut left_items = left_list.iter();
        let mut right_items = right_list.iter();
        loop {
            match (left_items.next(), right_items.next()) {
                (Some(left), Some(right)) => match compare_items(left, right) {
                    Ordering::Equal => {}
                    ordering => return ordering,
                },
                (None, None) => break,
                (Some(item), None) => {
                    let rest = std::iter::once(item).chain(left_items).chain(left_lists.flatten());
                    return if right_lists.next().is_some() {
                        against_list(item)
                    } else {
                        against_nothing(rest)
                    };
                }
                (None, Some(item)) => {
                    let rest = std::iter::once(item).chain(right_items).chain(right_lists.flatten());
                    let ordering =
                        if left_lists.next().is_some() { against_list(item) } else { against_nothing(rest) };
                    return ordering.reverse();
                }
            }
        }
    }
}

/// Numbers are newer than combinations and qualifiers: 1.1 > 1-sp.
fn compare_items(left: &Item<'_>, right: &Item<'_>) -> Ordering {
    item_key(left).cmp(&item_key(right))
}

/// The parts of an item, those that decide first; what an item lacks is less than what another has.
type ItemKey<'a> = (Option<Number<'a>>, Option<Qualifier<'a>>, Option<Number<'a>>);

fn item_key<'a>(item: &Item<'a>) -> ItemKey<'a> {
    match *item {
        Item::Number(number) => (Some(number), None, None),
        Item::Qualifier(qualifier) => (None, Some(qualifier), None),
        Item::Combination(qualifier, number) => (None, Some(qualifier), Some(number)),
    }
}

/// An item against a list in the same place: 1.0.1 > 1-1 > 1.sp.
fn against_list(item: &Item<'_>) -> Ordering {
    if matches!(item, Item::Number(_)) { Ordering::Greater } else { Ordering::Less }
}

/// What goes on where the other version has ended: the first item that counts decides. 1-rc < 1 = 1-ga < 1-sp < 1.1.
fn against_nothing<'a>(items: impl Iterator<Item = &'a Item<'a>>) -> Ordering {
    items
        .map(|item| match item {
            Item::Number(number) => number.cmp(&Number::ZERO),
            Item::Qualifier(qualifier) | Item::Combination(qualifier, _) => {
                qualifier.cmp(&Qualifier::Release)
            }
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// `text` is in lower case and ASCII.
fn parse(text: &str) -> Version<'_> {
    let mut lists: Version<'_> = vec![Vec::new()];
    let mut is_digit = false;
    let mut is_combination = false;
    let mut start = 0_usize;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((index, byte)) = bytes.next() {
        let after = index.saturating_add(1);
        let is_empty = index == start;
        match byte {
            b'.' => {
                push(&mut lists, item(text.get(start..index), is_combination, is_digit));
                is_combination = false;
                start = after;
            }
            b'-' => {
                // X-1 is X1.
                if !is_empty && !is_digit && bytes.peek().is_some_and(|(_, next)| next.is_ascii_digit()) {
                    is_combination = true;
                    continue;
                }
                push(&mut lists, item(text.get(start..index), is_combination, is_digit));
                lists.push(Vec::new());
                is_combination = false;
                start = after;
            }
            b'0'..=b'9' => {
                if !is_digit && !is_empty {
                    is_combination = true;
                    open_list(&mut lists);
                }
                is_digit = true;
            }
            _ => {
                if is_digit && !is_empty {
                    push(&mut lists, item(text.get(start..index), is_combination, true));
                    lists.push(Vec::new());
                    is_combination = false;
                    start = index;
                }
                is_digit = false;
            }
        }
    }
    if start < text.len() {
        // .X is -X at the end.
        if !is_digit {
            open_list(&mut lists);
        }
        push(&mut lists, item(text.get(start..), is_combination, is_digit));
    }
    normalise(&mut lists);
    lists
}

fn push<'a>(lists: &mut Version<'a>, item: Item<'a>) {
    if let Some(list) = lists.last_mut() {
        list.push(item);
    }
}

/// Opens a list in the innermost one, unless that has nothing yet.
fn open_list(lists: &mut Version<'_>) {
    if lists.last().is_some_and(|list| !list.is_empty()) {
        lists.push(Vec::new());
    }
}

/// The item a piece of text is; nothing between two separators is 0.
fn item(text: Option<&str>, is_combination: bool, is_digit: bool) -> Item<'_> {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        Item::Number(Number::ZERO)
    } else if is_combination {
        let (letters, digits) = split_while(text, |character| !character.is_ascii_digit());
        let letters = letters.strip_suffix('-').unwrap_or(letters);
        Item::Combination(qualifier(letters, true), Number::new(digits))
    } else if is_digit {
        Item::Number(Number::new(text))
    } else {
        Item::Qualifier(qualifier(text, false))
    }
}

fn qualifier(text: &str, followed_by_digit: bool) -> Qualifier<'_> {
    match text {
        "a" if followed_by_digit => Qualifier::Alpha,
        "b" if followed_by_digit => Qualifier::Beta,
        "m" if followed_by_digit => Qualifier::Milestone,
        "alpha" => Qualifier::Alpha,
        "beta" => Qualifier::Beta,
        "milestone" => Qualifier::Milestone,
        "rc" | "cr" => Qualifier::Candidate,
        "snapshot" => Qualifier::Snapshot,
        "" | "ga" | "final" | "release" => Qualifier::Release,
        "sp" => Qualifier::ServicePack,
        _ => Qualifier::Other(text),
    }
}

/// Drops zeros at the end of a list, before a qualifier, and before a list that starts with a qualifier or a
/// combination; and lists that are empty then. Inner lists first.
fn normalise(lists: &mut Version<'_>) {
    let mut inner: Version<'_> = Vec::new();
    while let Some(list) = lists.pop() {
        // Whether a zero may go is up to what follows it.
        let mut zero_goes = match inner.last() {
            None => true,
            Some(next) => matches!(next.first(), Some(Item::Qualifier(_) | Item::Combination(..))),
        };
        let mut kept = Vec::with_capacity(list.len());
        for item in list.into_iter().rev() {
            if zero_goes && matches!(item, Item::Number(number) if number.is_zero()) {
                continue;
            }
            zero_goes = matches!(item, Item::Qualifier(_));
            kept.push(item);
        }
        kept.reverse();
        if !kept.is_empty() || !inner.is_empty() || lists.is_empty() {
            inner.push(kept);
        }
    }
    inner.reverse();
    *lists = inner;
}
