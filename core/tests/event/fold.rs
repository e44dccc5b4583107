//! The laws of the fold.

use crate::made::*;
use imagegate::*;
use proptest::prelude::*;

prop_compose! {
    fn any_start()(
        image in 0_u8..3,
        node in 0_u8..4,
        address in 0_u8..2,
        // Around a midnight of the policy set's offset.
        seconds in 57_590_i64..57_610,
        occurrence in 0_u8..2,
        is_privileged: bool,
        mode in prop_oneof![4 => Just(EventMode::Enforced), 1 => Just(EventMode::BreakGlass)],
    ) -> Start {
        Start { image, node, address, seconds, occurrence, is_privileged, mode }
    }
}

fn any_records() -> impl Strategy<Value = Vec<EventRecord>> {
    prop::collection::vec(any_start(), 0..30).prop_map(|starts| starts.iter().flat_map(records).collect())
}

fn fold(records: &[EventRecord]) -> EventFold {
    let mut fold = EventFold::new();
    for record in records {
        fold.add(record);
    }
    fold
}

fn merged(left: &EventFold, right: &EventFold) -> EventFold {
    let mut merged = left.clone();
    merged.merge(right);
    merged
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn order_and_repetition_make_no_difference(
        (records, shuffled) in any_records().prop_flat_map(|records| {
            let twice = [records.clone(), records.clone()].concat();
            (Just(records), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(fold(&records), fold(&shuffled));
    }

    #[test]
    fn merging_is_commutative_associative_and_idempotent(
        (a, b, c) in (any_records(), any_records(), any_records())
    ) {
        let all = fold(&[a.clone(), b.clone(), c.clone()].concat());
        let (a, b, c) = (fold(&a), fold(&b), fold(&c));
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(&merged(&merged(&a, &b), &c), &merged(&a, &merged(&b, &c)));
        prop_assert_eq!(&merged(&merged(&a, &b), &c), &all);
        prop_assert_eq!(merged(&a, &a), a);
    }

    #[test]
    fn rows_are_what_a_recount_of_the_records_gives(records in any_records()) {
        let folded = fold(&records);
        for row in folded.rows() {
            let mine = records.iter().filter(|record| record.aggregation_key() == row.aggregation_key());
            let mine: Vec<&EventRecord> = mine.collect();
            let ids: std::collections::HashSet<RecordId> = mine.iter().map(|record| record.id()).collect();
            prop_assert_eq!(row.count, ids.len() as u64);
            prop_assert_eq!(row.first_at, mine.iter().map(|record| record.decided_at()).min().unwrap());
            prop_assert_eq!(row.latest_at(), mine.iter().map(|record| record.decided_at()).max().unwrap());
            prop_assert!(mine.iter().all(|record| row.nodes.contains(&record.launch().node)));
            prop_assert_eq!(&EventRow::parse(row.to_json().as_bytes()).unwrap(), row);
        }
    }
}
