//! What an owner sees.

use super::prelude::*;

pub async fn the_store_says_that_it_knows_owners<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    assert!(subject.store().owners().is_some(), "`SessionStore::owners` answers `Some(Owners::of(self))`");
}

pub async fn an_owner_sees_their_sessions_and_nobody_elses<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let mut handles = Vec::new();
    for new in [of("ann"), of("bob"), of("ann"), session(json!({})), of("Ann"), of("ann ")] {
        handles.push(subject.create(&new_id(), new).await.handle);
    }
    let mut anns = live_of(&subject, "ann").await;
    anns.sort_unstable();
    let mut expected = [handles[0], handles[2]];
    expected.sort_unstable();
    assert_eq!(anns, expected);
    assert_eq!(live_of(&subject, "bob").await, [handles[1]]);
    assert_eq!(live_of(&subject, "nobody").await, Vec::<Uuid>::new());
}

pub async fn the_last_begun_is_listed_first_and_no_more_than_asked_for<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let mut handles = Vec::new();
    for _ in 0..3 {
        handles.push(subject.create(&new_id(), of("ann")).await.handle);
        subject.elapse(HOUR).await;
    }
    handles.reverse();
    assert_eq!(live_of(&subject, "ann").await, handles);
    let two = subject.store().sessions_of("ann", 2).await.expect("a list");
    assert_eq!(two.iter().map(|device| device.handle).collect::<Vec<_>>(), handles[..2]);
    assert!(subject.store().sessions_of("ann", 0).await.expect("a list").is_empty());
}

pub async fn a_listed_session_tells_when_and_where_it_began<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let client = Client {
        ip: Some("2001:db8::7".parse().expect("an address")),
        user_agent: Some("Mozilla/5.0 (Ann's phone)".into()),
    };
    let id = subject.begin(NewSession { client: client.clone(), ..of("ann") }).await;
    subject.elapse(2 * HOUR).await;
    subject.touch(&id).await;
    subject.elapse(HOUR).await;
    let devices = subject.store().sessions_of("ann", 10).await.expect("a list");
    let [device] = &devices[..] else { panic!("one session, and not {devices:?}") };
    assert_eq!(device.client, client);
    assert_about("the time since it began", device.since_created, 3 * HOUR);
    assert_about("the time since it was used", device.since_seen, HOUR);
    assert_about("the time left", device.expires_in, 9 * HOUR);
    let record = subject.live(&id).await;
    assert_eq!((device.handle, device.created_at), (record.handle, record.created_at));
    assert_eq!(device.authenticated_at, record.authenticated_at);
    assert!(!device.is_current);
}

pub async fn what_is_over_is_not_listed<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    subject.begin(of("ann")).await;
    let ended = subject.begin(of("ann")).await;
    subject.delete(&ended, HOUR).await;
    assert_eq!(live_of(&subject, "ann").await.len(), 1);
    subject.elapse(11 * HOUR).await;
    assert!(live_of(&subject, "ann").await.is_empty());
}

pub async fn a_renewed_session_is_listed_once_under_its_handle<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let id = new_id();
    let handle = subject.create(&id, of("ann")).await.handle;
    subject.renewed(&id, renewal(Change::default())).await;
    assert_eq!(live_of(&subject, "ann").await, [handle]);
}
