//! An administrator's calls.

use std::fmt;
use std::time::Duration;

use actix_pg_session::admin::{Admin, Filter, Position};

use crate::drops::dropped_everywhere;
use crate::sessions::{HOUR, Scene, Sessions, Way, with_store};

/// Boxed, since an administrator's errors are of another type than others.
type Done = Result<(), Box<dyn fmt::Debug>>;

fn done<T, E: fmt::Debug + 'static>(answer: Result<T, E>) -> Done {
    answer.map(drop).map_err(|error| Box::new(error) as Box<dyn fmt::Debug>)
}

async fn in_each_way(name: &str, operation: impl AsyncFn(Admin, Scene) -> Done) {
    for way in [(Way::Batched, 1), (Way::Distributed, 2), (Way::Cached, 1)] {
        let mut stage = Sessions::new(way).await;
        stage.is_about_all = name == "Admin::revoke_everything";
        let admin = with_store!(stage, store => store.admin());
        dropped_everywhere(name, &stage, |scene| operation(admin.clone(), scene)).await;
    }
}

fn hers(scene: &Scene) -> Filter {
    Filter::new().owner(&scene.owner)
}

#[tokio::test]
async fn reading_disturbs_nobody() {
    in_each_way("Admin::now", async |admin, _| done(admin.now().await)).await;
    in_each_way("Admin::count", async |admin, scene| done(admin.count(&hers(&scene)).await)).await;
    in_each_way("Admin::count_up_to", async |admin, scene| done(admin.count_up_to(&hers(&scene), 1).await))
        .await;
    in_each_way("Admin::list", async |admin, scene| {
        done(admin.list(&hers(&scene), Position::Newest, 10).await)
    })
    .await;
    in_each_way("Admin::session", async |admin, scene| done(admin.session(scene.old_handle).await)).await;
    in_each_way("Admin::census", async |admin, _| done(admin.census().await)).await;
    in_each_way("Admin::health", async |admin, _| done(admin.health().await)).await;
    in_each_way("Admin::history", async |admin, _| done(admin.history(HOUR).await)).await;
}

#[tokio::test]
async fn a_reading_for_the_history_is_kept_or_not() {
    let nobody_else = Duration::from_secs(1);
    in_each_way("Admin::take_reading", async move |admin, _| done(admin.take_reading(nobody_else).await))
        .await;
}

#[tokio::test]
async fn a_session_is_revoked_or_is_not() {
    in_each_way("Admin::revoke", async |admin, scene| done(admin.revoke(scene.old_handle).await)).await;
}

#[tokio::test]
async fn an_owners_sessions_are_all_revoked_or_none() {
    in_each_way("Admin::revoke_owner", async |admin, scene| done(admin.revoke_owner(&scene.owner).await))
        .await;
    in_each_way("Admin::revoke_matching", async |admin, scene| {
        done(admin.revoke_matching(&hers(&scene)).await)
    })
    .await;
}

#[tokio::test]
async fn everybody_is_signed_out_or_nobody() {
    in_each_way("Admin::revoke_everything", async |admin, _| done(admin.revoke_everything().await)).await;
}
