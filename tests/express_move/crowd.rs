//! Customers at both counters at once.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::customer::Customer;
use crate::shop::Shop;

/// So many tasks, each of which leads so many customers, one after the other.
const TASKS: usize = 3;
const CUSTOMERS: usize = 16;

/// How many customers there are.
pub(crate) const ALL: u64 = (TASKS * CUSTOMERS) as u64;

pub(crate) struct Crowd {
    tasks: JoinSet<Vec<Customer>>,
    /// How many requests were answered.
    served: watch::Receiver<u64>,
    is_closing: Arc<AtomicBool>,
}

impl Crowd {
    /// They come in, and go on until they are asked to stop.
    pub(crate) fn enter(shop: &Shop) -> Self {
        let (answered, served) = watch::channel(0);
        let is_closing = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let numbers = task * CUSTOMERS..(task + 1) * CUSTOMERS;
            let customers = numbers.map(|number| Customer::new(number, shop.visitor())).collect();
            tasks.spawn(lead(customers, answered.clone(), Arc::clone(&is_closing)));
        }
        Self { tasks, served, is_closing }
    }

    /// How many requests they have had answered so far. None of them gives up before being asked.
    pub(crate) fn served(&mut self) -> u64 {
        if let Some(ended) = self.tasks.try_join_next() {
            panic!("{:?}", ended.err());
        }
        *self.served.borrow()
    }

    /// Waits until it is so many.
    pub(crate) async fn has_been_served(&mut self, requests: u64) {
        tokio::select! {
            served = self.served.wait_for(|served| *served >= requests) => drop(served.expect("a crowd")),
            Some(ended) = self.tasks.join_next() => panic!("{:?}", ended.err()),
        }
    }

    /// No customer has a further wish.
    pub(crate) async fn come_to_rest(mut self) -> Vec<Customer> {
        self.is_closing.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        while let Some(customers) = self.tasks.join_next().await {
            all.extend(customers.unwrap_or_else(|error| resume_unwind(error.into_panic())));
        }
        all
    }
}

async fn lead(
    mut customers: Vec<Customer>,
    answered: watch::Sender<u64>,
    is_closing: Arc<AtomicBool>,
) -> Vec<Customer> {
    let count = || answered.send_modify(|served| *served += 1);
    for customer in &mut customers {
        customer.begin().await;
        count();
    }
    'open: loop {
        for customer in &mut customers {
            if is_closing.load(Ordering::Relaxed) {
                break 'open;
            }
            customer.go_on().await;
            count();
        }
    }
    customers
}
