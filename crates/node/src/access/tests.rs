//! The whole of access over a real file and a clock that is set by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::state::State;
use gemba_plant::Timestamp;
use gemba_plant::port::Clock;
use std::net::IpAddr;
use std::time::Duration;

const PASSWORD: &str = "correct horse battery staple";

#[derive(Debug)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::SeqCst))
    }
}

struct House {
    folder: tempfile::TempDir,
    clock: Arc<HandClock>,
}

impl House {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: Arc::new(HandClock(AtomicI64::new(1_000_000))) }
    }

    fn open(&self) -> Access {
        let state = State::open(&self.folder.path().join("state.sqlite")).unwrap();
        let clock: Arc<dyn Clock> = Arc::<HandClock>::clone(&self.clock);
        Access::open(state, clock).unwrap()
    }

    fn pass(&self, span: Duration) {
        self.clock.0.fetch_add(i64::try_from(span.as_secs()).unwrap(), Ordering::SeqCst);
    }
}

fn here() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

fn session(signed_in: &SignedIn) -> Credential {
    Credential::Session(signed_in.secret.clone())
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_outlives_a_restart() {
    let house = House::new();
    let access = house.open();
    assert!(access.needs_setup());
    let elsewhere = "192.0.2.7".parse().unwrap();
    assert!(matches!(access.set_up("eve", PASSWORD, elsewhere).await, Err(Error::SetUpElsewhere)));
    let admin = access.set_up("anna", PASSWORD, here()).await.unwrap();
    assert_eq!(access.identify(&session(&admin)).unwrap().role, Role::Admin);
    let again = access.set_up("eve", PASSWORD, here()).await;
    assert!(matches!(again, Err(Error::SetUpAlready)), "{again:?}");

    let restarted = house.open();
    assert!(!restarted.needs_setup());
    assert_eq!(restarted.identify(&session(&admin)).unwrap().name, "anna");
    assert!(restarted.sign_in("anna", PASSWORD, here()).await.is_ok());
}

#[tokio::test]
async fn two_set_ups_at_once_make_one_administrator() {
    let house = House::new();
    let access = house.open();
    let (one, two) = tokio::join!(access.set_up("anna", PASSWORD, here()), access.set_up("eve", PASSWORD, here()));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    assert_eq!(access.users().len(), 1);
}

#[tokio::test]
async fn sessions_end_when_idle_when_old_and_when_signed_out() {
    let house = House::new();
    let access = house.open();
    let first = access.set_up("anna", PASSWORD, here()).await.unwrap();
    house.pass(Duration::from_mins(59));
    assert!(access.identify(&session(&first)).is_some());
    house.pass(Duration::from_mins(61));
    assert!(access.identify(&session(&first)).is_none(), "idle");

    let second = access.sign_in("anna", PASSWORD, here()).await.unwrap();
    for _ in 0..13 {
        house.pass(Duration::from_mins(50));
        access.identify(&session(&second));
    }
    house.pass(Duration::from_hours(2));
    assert!(access.identify(&session(&second)).is_none(), "old");

    let third = access.sign_in("anna", PASSWORD, here()).await.unwrap();
    access.sign_out(&third.secret).await.unwrap();
    assert!(access.identify(&session(&third)).is_none(), "signed out");
    assert!(house.open().identify(&session(&third)).is_none(), "signed out on disk");
}

#[tokio::test]
async fn wrong_passwords_lock_out_and_are_audited() {
    let house = House::new();
    let access = house.open();
    access.set_up("anna", PASSWORD, here()).await.unwrap();
    for _ in 0..5 {
        let wrong = access.sign_in("anna", "wrong", here()).await;
        assert!(matches!(wrong, Err(Error::BadLogin)), "{wrong:?}");
    }
    let locked = access.sign_in("anna", PASSWORD, here()).await;
    assert!(matches!(locked, Err(Error::LockedOut { secs: 30 })), "{locked:?}");
    assert!(access.sign_in("anna", PASSWORD, IpAddr::from([10, 0, 0, 9])).await.is_ok(), "another address");
    house.pass(Duration::from_secs(31));
    assert!(access.sign_in("anna", PASSWORD, here()).await.is_ok());
    let refused = access.audit(None, 100).await.unwrap().into_iter().filter(|e| e.deed.outcome == Outcome::Refused);
    assert_eq!(refused.count(), 5);
}

#[tokio::test]
async fn unknown_users_and_users_without_a_password_cannot_sign_in() {
    let house = House::new();
    let access = house.open();
    access.ensure_user("demo", Role::Admin).await.unwrap();
    access.ensure_user("demo", Role::Viewer).await.unwrap();
    assert_eq!(access.users()[0].role, Role::Admin, "the second call changes nothing");
    for (user, password) in [("demo", ""), ("demo", "demo"), ("nobody", PASSWORD), ("", "")] {
        let refused = access.sign_in(user, password, here()).await;
        assert!(matches!(refused, Err(Error::BadLogin)), "{user}");
    }
}

#[tokio::test]
async fn a_link_works_once_and_not_too_late() {
    let house = House::new();
    let access = house.open();
    access.ensure_user("demo", Role::Admin).await.unwrap();
    let key = access.one_time_link("demo", Duration::from_mins(10)).unwrap();
    let signed_in = access.sign_in_once(&key, here()).await.unwrap();
    assert_eq!(access.identify(&session(&signed_in)).unwrap().name, "demo");
    assert!(matches!(access.sign_in_once(&key, here()).await, Err(Error::BadLink)));

    let late = access.one_time_link("demo", Duration::from_mins(10)).unwrap();
    house.pass(Duration::from_mins(11));
    assert!(matches!(access.sign_in_once(&late, here()).await, Err(Error::BadLink)));
    assert!(access.one_time_link("nobody", Duration::from_mins(1)).is_err());
}

fn token(name: &str, role: Role, scopes: &[&str], expires: Timestamp) -> NewToken {
    let scopes = scopes.iter().map(|s| Scope::parse(s).unwrap()).collect();
    NewToken { name: name.into(), role, scopes, expires }
}

#[tokio::test]
async fn tokens_are_held_to_role_scope_expiry_and_maker() {
    let house = House::new();
    let access = house.open();
    access.set_up("anna", PASSWORD, here()).await.unwrap();
    let end = house.clock.now().plus(Duration::from_hours(24));
    let made = access.add_token("anna", token("bi", Role::Operator, &["samples:read"], end)).await.unwrap();
    assert!(made.0.reveal().starts_with("gmb_"));
    let restarted = house.open();
    let who = restarted.identify(&Credential::Token(made.0.clone())).unwrap();
    assert_eq!(who.name, "token:bi");
    assert!(who.may(Role::Viewer, "samples", false));
    assert!(!who.may(Role::Viewer, "alarms", false) && !who.may(Role::Admin, "samples", false));
    assert!(restarted.identify(&Credential::Session(made.0.clone())).is_none(), "a token is no session");

    restarted.ensure_user("bert", Role::Admin).await.unwrap();
    restarted.change_user("anna", UserChange { role: Role::Viewer, password: None }).await.unwrap();
    assert_eq!(restarted.identify(&Credential::Token(made.0.clone())).unwrap().role, Role::Viewer, "as its maker");
    let above = restarted.add_token("anna", token("more", Role::Admin, &[], end)).await;
    assert!(matches!(above, Err(Error::AboveOwnRole { .. })));

    house.pass(Duration::from_hours(25));
    assert!(restarted.identify(&Credential::Token(made.0)).is_none(), "expired");
    let late = house.clock.now().plus(Duration::from_hours(24 * 400));
    assert!(matches!(
        restarted.add_token("bert", token("late", Role::Viewer, &[], late)).await,
        Err(Error::BadExpiry { .. })
    ));
}

#[tokio::test]
async fn a_removed_user_takes_sessions_and_tokens_along() {
    let house = House::new();
    let access = house.open();
    access.set_up("anna", PASSWORD, here()).await.unwrap();
    assert!(matches!(access.remove_user("anna").await, Err(Error::LastAdmin { .. })));
    let demoted = access.change_user("anna", UserChange { role: Role::Viewer, password: None }).await;
    assert!(matches!(demoted, Err(Error::LastAdmin { .. })));

    let bert = NewUser { name: "bert".into(), role: Role::Admin, password: Some(PASSWORD.into()) };
    access.add_user(bert).await.unwrap();
    let signed_in = access.sign_in("bert", PASSWORD, here()).await.unwrap();
    let end = house.clock.now().plus(Duration::from_hours(24));
    let (secret, _) = access.add_token("bert", token("bi", Role::Viewer, &["*:read"], end)).await.unwrap();
    access.remove_user("bert").await.unwrap();
    for access in [&access, &house.open()] {
        assert!(access.identify(&session(&signed_in)).is_none());
        assert!(access.identify(&Credential::Token(secret.clone())).is_none());
        assert!(access.tokens().is_empty());
    }
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_the_old_password() {
    let house = House::new();
    let access = house.open();
    let before = access.set_up("anna", PASSWORD, here()).await.unwrap();
    let change = UserChange { role: Role::Admin, password: Some("tVq2#kLm9!xZ".into()) };
    access.change_user("anna", change).await.unwrap();
    assert!(access.identify(&session(&before)).is_none());
    assert!(access.sign_in("anna", PASSWORD, here()).await.is_err());
    assert!(access.sign_in("anna", "tVq2#kLm9!xZ", here()).await.is_ok());
    let weak =
        access.change_user("anna", UserChange { role: Role::Admin, password: Some("password1234".into()) }).await;
    assert!(matches!(weak, Err(Error::WeakPassword { .. })));
}

#[tokio::test]
async fn the_oldest_session_gives_way() {
    let house = House::new();
    let access = house.open();
    let first = access.set_up("anna", PASSWORD, here()).await.unwrap();
    for _ in 0..16 {
        house.pass(Duration::from_secs(1));
        let key = access.one_time_link("anna", Duration::from_mins(1)).unwrap();
        access.sign_in_once(&key, here()).await.unwrap();
    }
    assert!(access.identify(&session(&first)).is_none());
}

#[tokio::test]
async fn the_audit_log_grows_only_and_shows_tampering() {
    let house = House::new();
    let access = house.open();
    access.set_up("anna", PASSWORD, here()).await.unwrap();
    for _ in 0..3 {
        access.sign_in("anna", PASSWORD, here()).await.unwrap();
    }
    assert_eq!(access.check_audit().await.unwrap(), None);
    let lines = access.audit(None, 2).await.unwrap();
    let older = access.audit(lines.last().map(|l| l.seq), 2).await.unwrap();
    assert_eq!((lines[0].seq, older[0].seq), (4, 2));

    let state = State::open(&house.folder.path().join("state.sqlite")).unwrap();
    assert!(state.with("tampering", |c| c.execute("UPDATE audit SET user = 'eve'", [])).is_err());
    assert!(state.with("tampering", |c| c.execute("DELETE FROM audit", [])).is_err());
    state
        .with("tampering", |c| {
            c.execute_batch("DROP TRIGGER audit_is_not_changed; UPDATE audit SET user = 'eve' WHERE seq = 3")
        })
        .unwrap();
    assert_eq!(access.check_audit().await.unwrap(), Some(3));
}

#[tokio::test]
async fn nothing_on_disk_signs_in() {
    let house = House::new();
    let access = house.open();
    let admin = access.set_up("anna", PASSWORD, here()).await.unwrap();
    let end = house.clock.now().plus(Duration::from_hours(1));
    let (secret, _) = access.add_token("anna", token("bi", Role::Viewer, &["*:read"], end)).await.unwrap();
    drop(access);
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    for clear in [PASSWORD, admin.secret.reveal(), secret.reveal()] {
        let found = bytes.windows(clear.len()).any(|window| window == clear.as_bytes());
        assert!(!found, "a secret lies on disk in clear");
    }
}
