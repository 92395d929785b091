use serde_json::json;

use super::*;
use crate::journal::tests::record;

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

fn refused(result: Result<impl Sized>) -> String {
    match result.err() {
        Some(Error::InvalidRequest { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn wants_what_has_one_of_the_states_and_is_old_enough() {
    let filters = |value| Listing::new(map(value)).unwrap().filters;
    let begun = |state, age| Record {
        started: now() - age,
        ..record(state)
    };
    let all = filters(json!({}));
    assert!(all.want("", &begun(State::Sent, 0)) && all.want("", &begun(State::Closed, 1000)));
    let some = filters(json!({"state": ["sent", "refused"], "older_than": 60}));
    assert!(some.want("", &begun(State::Refused, 61)) && some.want("", &begun(State::Sent, 61)));
    assert!(!some.want("", &begun(State::Refused, 50)) && !some.want("", &begun(State::Received, 61)));
    assert!(filters(json!({"state": "damaged", "older_than": "0"})).want("", &begun(State::Damaged, 0)));
}

#[test]
fn prunes_only_what_cannot_lead_to_a_second_order_unless_it_is_told_to_forget() {
    let wanted = |value| {
        let pruning = Pruning::new(map(value)).unwrap();
        let all = [
            State::Sent,
            State::Received,
            State::SecretUnavailable,
            State::Refused,
            State::NotSent,
            State::Closed,
            State::Damaged,
        ];
        all.into_iter()
            .filter(|state| pruning.filters.want("https://example.com:443", &record(*state)))
            .collect::<Vec<_>>()
    };
    assert_eq!(wanted(json!({})), [State::Received, State::Refused, State::NotSent]);
    assert_eq!(wanted(json!({"state": "refused"})), [State::Refused]);
    assert_eq!(
        wanted(json!({"state": ["sent", "closed"], "forget": true})),
        [State::Sent, State::Closed]
    );
    assert_eq!(wanted(json!({"site": "https://EXAMPLE.com/"})).len(), 3);
    assert!(wanted(json!({"site": ["https://example.com/other"]})).is_empty());
    for state in ["sent", "secret_unavailable", "closed", "damaged"] {
        assert_eq!(
            refused(Pruning::new(map(json!({"state": ["received", state]})))),
            "state"
        );
    }
}

#[test]
fn names_the_filter_that_is_wrong() {
    for (filters, field) in [
        (json!({"states": "sent"}), "states"),
        (json!({"state": "Sent"}), "state"),
        (json!({"state": ["sent", "gone"]}), "state[1]"),
        (json!({"state": []}), "state"),
        (json!({"state": 7}), "state"),
        (json!({"older_than": -1}), "older_than"),
        (json!({"with_secrets": 1}), "with_secrets"),
        (json!({"site": "https://example.com"}), "site"),
    ] {
        assert_eq!(refused(Listing::new(map(filters))), field);
    }
    for (filters, field) in [
        (json!({"site": ["https://example.com", "example.com"]}), "site[1]"),
        (json!({"site": []}), "site"),
        (json!({"forget": true}), "forget"),
        (json!({"forget": "yes", "state": "sent"}), "forget"),
        (json!({"with_secrets": true}), "with_secrets"),
    ] {
        assert_eq!(refused(Pruning::new(map(filters))), field);
    }
}
