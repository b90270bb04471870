//! What reviewers found wrong with promises and their undo, each as the shop would meet it.

use crate::house::{House, days, hour};
use rentdesk::booking::Want;
use rentdesk::desk::{self, Judgement};
use rentdesk::inventory::Condition;
use rentdesk::kernel::Text;

#[test]
fn a_pin_goes_with_its_claim_when_a_repair_takes_longer() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.report(items[0], Condition::UnderMaintenance, Some(hour(24)));
    let reservation = house.confirmed(days(2, 3), &[Want::item(kind, items[0])]);
    house.must(|db, _| desk::expect_back(db, items[0], Some(hour(24 * 10))));
    assert_eq!((house.lines(reservation)[0].pin, house.short()), (None, vec![]));
}

#[test]
fn a_pin_goes_with_its_claim_when_a_repair_is_undone() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.must(|db, _| desk::judge(db, items[0], None, &Judgement::UnderMaintenance(Text::new("fan"), None)));
    house.must(|db, _| desk::judge(db, items[0], None, &Judgement::Good));
    let reservation = house.confirmed(days(2, 3), &[Want::item(kind, items[0])]);
    // The reservation's own step is not in the way: the repair is undone in its turn.
    house.must(|db, _| Ok::<_, rentdesk::kernel::Failure<rentdesk::desk::UndoRefusal>>(db.execute("DELETE FROM undo_step WHERE act LIKE '%Reserve%'", []).map(|_| ())?));
    house.undo().unwrap();
    assert_eq!((house.lines(reservation)[0].pin, house.short()), (None, vec![]));
    house.check();
}
