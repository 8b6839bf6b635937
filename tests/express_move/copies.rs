//! Copies that are made while both applications serve.

use std::time::{Duration, Instant};

use crate::crowd::{self, Crowd};
use crate::customer::Customer;
use crate::import::Importing;
use crate::planted::{self, Counts};
use crate::shop::Shop;

/// How it went.
pub(crate) struct Copied {
    pub(crate) took: Duration,
    /// Requests that were answered meanwhile.
    pub(crate) served: u64,
    pub(crate) customers: Vec<Customer>,
}

/// Copies at least twice while they serve, once more when all wishes are granted, and then lets the customers change
/// something after all. A copy takes so long that by its end everybody may have another session.
pub(crate) async fn make(shop: &Shop, import: &Importing, planted: Counts) -> Copied {
    let mut crowd = Crowd::enter(shop);
    crowd.has_been_served(crowd::ALL).await;
    let (begin, before) = (Instant::now(), crowd.served());
    let first = import.copy().await;
    assert!(first.found >= planted.live + planted.ending, "{first:?}");
    assert_eq!((first.added, first.changed, first.ended), (first.found, 0, 0));
    assert_eq!(first.refused, planted.refused);

    planted::end_half(shop, 0).await;
    let mut ended = 0;
    loop {
        ended += import.copy().await.ended;
        // To copy a hundred thousand takes long enough; fewer are copied more often.
        if crowd.served() >= before + crowd::ALL {
            break;
        }
    }
    assert!(ended >= planted.ending / 2, "{ended} ended");
    let (took, served) = (begin.elapsed(), crowd.served() - before);
    let mut customers = crowd.come_to_rest().await;
    import.copy().await;
    for customer in &mut customers {
        customer.finish().await;
    }
    planted::end_half(shop, 1).await;
    Copied { took, served, customers }
}
