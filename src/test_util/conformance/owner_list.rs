//! The sentences about the sessions of one owner, once. A law that is missing here is an unused function.

/// Hands them to another macro, behind that macro's own arguments.
#[doc(hidden)]
#[macro_export]
macro_rules! __every_owner_law {
    ([$($then:tt)*] $arguments:tt) => {
        $($then)*! {
            $arguments
            listing {
                the_store_says_that_it_knows_owners
                an_owner_sees_their_sessions_and_nobody_elses
                the_last_begun_is_listed_first_and_no_more_than_asked_for
                a_listed_session_tells_when_and_where_it_began
                what_is_over_is_not_listed
                a_renewed_session_is_listed_once_under_its_handle
            }
            ending {
                an_owner_ends_one_session_and_the_others_stay
                a_handle_of_somebody_elses_session_ends_nothing
                an_owner_ends_all_sessions_but_one
                an_owner_ends_all_sessions
                no_write_brings_back_what_its_owner_has_ended
                a_session_that_is_renewed_meanwhile_is_ended_too
                a_session_that_is_saved_meanwhile_is_ended_too
            }
            limit {
                within_the_limit_nobody_is_ended
                one_too_many_ends_the_one_that_was_not_used_for_longest
                one_too_many_may_be_refused_and_changes_nothing
                signing_in_again_takes_no_second_place
                a_stranger_who_signs_in_takes_a_place
                sessions_of_others_and_of_nobody_do_not_count
                a_lower_limit_ends_as_many_as_it_takes
                what_begins_nothing_ends_nobody
                of_many_sign_ins_at_once_no_more_are_live_than_may_be
                of_many_sign_ins_at_once_as_many_are_let_in_as_there_is_room_for
            }
        }
    };
}
