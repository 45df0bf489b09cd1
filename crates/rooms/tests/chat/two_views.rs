//! Whatever changes in whatever order, and whenever an app asks what changed: it ends with what there is, and was given nothing twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use callboard_contract::room::{MessageView, RoomMember};
use callboard_domain::{RoomAccess, RoomId, Uid};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::house::House;

#[derive(Clone, Copy, Debug)]
enum Step {
    Say(usize),
    Hold(usize),
    Edit(usize, u8),
    Delete(usize),
    React(usize, u8, bool),
    Pin(usize, bool),
    Release(usize),
    LeaveAndBack,
    /// An app asks, with pages of this size.
    Sync(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0_usize..64;
    prop_oneof![
        4 => (0_usize..3).prop_map(Step::Say),
        1 => (0_usize..3).prop_map(Step::Hold),
        2 => (which.clone(), any::<u8>()).prop_map(|(m, n)| Step::Edit(m, n)),
        1 => which.clone().prop_map(Step::Delete),
        2 => (which.clone(), 0_u8..3, any::<bool>()).prop_map(|(m, e, on)| Step::React(m, e, on)),
        1 => (which.clone(), any::<bool>()).prop_map(|(m, on)| Step::Pin(m, on)),
        1 => which.prop_map(Step::Release),
        1 => Just(Step::LeaveAndBack),
        3 => (0_usize..3, 1_u32..4).prop_map(|(who, limit)| Step::Sync(who, limit)),
    ]
}

/// What an app keeps of a room.
#[derive(Debug, Default)]
struct App {
    seq: u64,
    messages: BTreeMap<u64, MessageView>,
    members: BTreeMap<Uid, RoomMember>,
}

impl App {
    async fn sync(&mut self, house: &House, who: &Uid, room: RoomId, limit: u32) {
        loop {
            let reply = house.sync(who, room, self.seq, limit).await.expect("synced");
            for message in reply.messages {
                assert!(
                    message.changed > self.seq && message.changed <= reply.seq,
                    "{who}: {message:?} after {}",
                    self.seq
                );
                let kept = self.messages.get(&message.seq).map_or(0, |kept| kept.changed);
                assert!(message.changed > kept, "{who} was given {} twice", message.seq);
                self.messages.insert(message.seq, message);
            }
            self.members.extend(reply.members.into_iter().map(|m| (m.uid.clone(), m)));
            assert!(reply.seq > self.seq || !reply.more, "no page is empty while there is more");
            self.seq = reply.seq;
            if !reply.more {
                return;
            }
        }
    }
}

async fn play(house: &House, steps: &[Step]) {
    static GAMES: AtomicUsize = AtomicUsize::new(0);
    // The host reviews, the others do not. No host has too many rooms.
    let host = house.person(&format!("maya-{}", GAMES.fetch_add(1, Ordering::Relaxed))).await;
    let who = [host, house.person("leo").await, house.person("ann").await];
    let room = house.room(&who[0], RoomAccess::Public).await;
    house.joined(&who[1], room).await;
    house.joined(&who[2], room).await;
    let mut apps = [App::default(), App::default(), App::default()];
    let mut said: Vec<(usize, MessageView)> = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        let pick = |m: usize| (!said.is_empty()).then(|| said[m % said.len()].clone());
        // What may not be is refused, which changes nothing.
        match *step {
            Step::Say(by) => said.push((by, house.said(&who[by], room, &format!("m{n}")).await)),
            Step::Hold(by) => said.push((by, house.held(&who[by], room, &format!("h{n}")).await)),
            Step::Edit(m, text) => {
                if let Some((by, message)) = pick(m) {
                    let _ = house.edit(&who[by], &message, &format!("e{text}")).await;
                }
            }
            Step::Delete(m) => {
                if let Some((by, message)) = pick(m) {
                    let _ = house.delete(&who[if m % 2 == 0 { 0 } else { by }], room, &[message.message_id]).await;
                }
            }
            Step::React(m, emoji, on) => {
                if let Some((_, message)) = pick(m) {
                    let _ = house.react(&who[m % 3], &message, ["👍", "🎉", "wave"][usize::from(emoji)], on).await;
                }
            }
            Step::Pin(m, on) => {
                if let Some((_, message)) = pick(m) {
                    let _ = house.pin(&who[0], &message, on).await;
                }
            }
            Step::Release(m) => {
                if let Some((_, message)) = pick(m) {
                    house.release(room, &[message.message_id]).await;
                }
            }
            Step::LeaveAndBack => {
                house.leave(&who[2], room).await.expect("left");
                house.joined(&who[2], room).await;
            }
            Step::Sync(by, limit) => apps[by].sync(house, &who[by], room, limit).await,
        }
    }
    for (app, who) in apps.iter_mut().zip(&who) {
        app.sync(house, who, room, 2).await;
        let there = house.history(who, room).await;
        assert_eq!(app.messages.values().cloned().collect::<Vec<_>>(), there, "{who}");
        let mut fresh = App::default();
        fresh.sync(house, who, room, 100).await;
        assert_eq!((&app.members, app.seq), (&fresh.members, fresh.seq), "{who}");
    }
}

#[test]
fn an_app_that_syncs_ends_with_what_there_is() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let house = runtime.block_on(House::new());
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let steps = prop::collection::vec(step(), 1..40);
    let played = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(play(&house, &steps));
        Ok(())
    });
    played.expect("all interleavings end alike");
    runtime.block_on(house.sound());
}
