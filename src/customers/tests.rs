use super::model::*;
use crate::kernel::Text;

fn check(change: impl Fn(&mut Profile), expect: &str) {
    let mut profile = Profile {
        name: Text::new("Ana Ruiz"),
        phone: Some(Text::new("0612 555 019")),
        ..Profile::default()
    };
    change(&mut profile);
    let said = profile
        .checked(ContactRules {
            email_required: false,
            phone_required: true,
        })
        .map_or_else(|refusal| refusal.to_string(), |()| "ok".to_owned());
    assert_eq!(said, expect);
}

#[test]
fn a_profile_is_refused_at_the_field_that_is_wrong() {
    let text = |value: &str| Some(Text::new(value));
    check(|_| {}, "ok");
    check(|p| p.name = Text::default(), "A customer needs a name");
    check(
        |p| p.name = Text::new(&"x".repeat(256)),
        "The name has 256 characters; 255 is the most",
    );
    check(|p| p.name = Text::new(&"x".repeat(255)), "ok");
    check(|p| p.phone = None, "A customer needs a phone number");
    check(
        |p| p.phone = text("012345678901234567890"),
        "The phone number has 21 characters; 20 is the most",
    );
    check(|p| p.email = text("ana@film.example"), "ok");
    for wrong in [
        "ana",
        "ana@",
        "@film.example",
        "ana@film",
        "a na@film.example",
        "ana@film..example",
        "a@b@c.de",
    ] {
        check(
            |p| p.email = text(wrong),
            &format!("\"{wrong}\" is not an e-mail address"),
        );
    }
    check(|p| p.city = text("Porto"), "The address lacks its street");
}
