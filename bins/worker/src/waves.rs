//! The order in which a batch of events may be sent: all at once as far as they are about different things, one after the
//! other where they are about the same.

use std::collections::HashMap;

use callboard_contract::Event;

/// The positions of the events in waves that hold at most one event of each entity, in order.
pub(crate) fn waves(events: &[Event]) -> Vec<Vec<usize>> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (position, event) in events.iter().enumerate() {
        let wave = seen.entry(&event.entity).or_default();
        if waves.len() == *wave {
            waves.push(Vec::new());
        }
        waves[*wave].push(position);
        *wave += 1;
    }
    waves
}

#[cfg(test)]
mod tests {
    use callboard_domain::{At, EventId};

    use super::*;

    #[test]
    fn an_entity_is_in_each_wave_at_most_once_and_in_order() {
        let event = |entity: &str| Event {
            id: EventId::generate(),
            event: "call.active".to_owned(),
            entity: entity.to_owned(),
            version: 1,
            at: At::from_ms(0),
            actor: "house".to_owned(),
            data: serde_json::Value::Null,
            pushes: Vec::new(),
        };
        let events: Vec<Event> = ["a", "b", "a", "c", "a", "b"].map(event).into();
        assert_eq!(waves(&events), [vec![0, 1, 3], vec![2, 5], vec![4]]);
        assert!(waves(&[]).is_empty());
    }
}
