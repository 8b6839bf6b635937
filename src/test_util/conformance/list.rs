//! The sentences, once. A law that is missing here is an unused function, which the compiler tells.

/// Hands all laws to another macro, behind that macro's own arguments.
#[doc(hidden)]
#[macro_export]
macro_rules! __every_law {
    ([$($then:tt)*] $arguments:tt) => {
        $($then)*! {
            $arguments
            create {
                a_new_session_is_found_with_all_that_it_was_created_with
                a_new_session_without_values_or_owner_is_a_session
                a_new_session_has_its_idle_time_left
                a_deadline_before_the_idle_time_caps_what_is_left
                the_deadline_counts_from_the_beginning
                without_an_absolute_lifetime_there_is_no_deadline
                a_session_until_the_browser_closes_is_remembered_as_such
                authenticated_at_is_there_exactly_when_there_is_an_owner
                two_sessions_have_two_handles_and_two_lives
                creating_over_a_session_is_a_collision_and_leaves_it_alone
            }
            expiry {
                an_unknown_id_is_absent
                no_write_makes_a_session_of_an_unknown_id
                a_session_is_absent_once_its_idle_time_is_over
                a_session_is_absent_once_its_deadline_is_over_however_busy_it_was
                no_write_brings_an_expired_session_back
                an_update_that_moves_the_lifetime_does_not_bring_an_expired_session_back
                a_session_can_live_for_a_hundred_years
            }
            touch {
                a_touch_starts_the_idle_time_anew
                a_touch_never_passes_the_deadline
                a_touch_takes_no_time_away
                a_touch_may_move_the_lifetime_and_leaves_the_version_alone
                a_touch_leaves_the_values_the_owner_and_the_version_alone
            }
            update {
                updates_of_different_names_both_survive
                of_two_updates_of_one_name_the_last_wins
                an_update_takes_out_what_it_removes_and_nothing_else
                a_name_both_removed_and_set_is_set
                a_clearing_update_keeps_only_what_it_sets
                an_update_starts_the_idle_time_anew_but_never_past_the_deadline
                an_update_moves_the_version_and_answers_it
                an_update_leaves_owner_and_history_alone
                an_update_that_expects_this_version_is_saved
                an_update_that_expects_another_version_changes_nothing_at_all
            }
            lifetime {
                a_new_lifetime_replaces_the_old_one
                the_new_deadline_counts_from_the_beginning_of_the_session
                a_shorter_lifetime_does_shorten
                a_lifetime_without_a_deadline_takes_the_old_one_away
                a_lifetime_that_is_over_already_ends_the_session
            }
            renew {
                a_renewed_session_is_the_same_session_under_the_new_id
                a_renewal_merges_its_change
                a_renewal_counts_as_use
                a_renewal_may_move_the_lifetime
                the_old_id_is_remembered_for_the_grace_and_then_forgotten
                without_a_grace_the_old_id_is_forgotten_at_once
                no_write_to_the_old_id_reaches_the_session
                renewing_onto_a_session_is_a_collision_and_leaves_both_alone
                a_renewal_that_expects_another_version_changes_nothing_at_all
            }
            restart {
                a_restart_is_a_new_session_with_the_old_values
                a_restart_has_a_lifetime_of_its_own_from_now_on
                a_restart_with_an_owner_is_a_sign_in
                a_restart_without_an_owner_signs_out
                a_clearing_restart_keeps_no_value
                a_restart_without_a_grace_forgets_the_old_id_at_once
            }
            proof {
                a_credential_is_kept_with_a_new_session
                a_renewal_with_a_proof_is_an_authentication_of_the_same_session
                a_renewal_without_a_proof_is_none
                a_proof_may_bring_another_credential
                a_restart_has_the_credential_that_it_brings
            }
            delete {
                a_deleted_session_is_remembered_for_the_grace_and_then_forgotten
                without_a_grace_a_deleted_session_is_forgotten_at_once
                no_write_brings_a_deleted_session_back
                a_deletion_under_an_id_that_was_renewed_away_ends_the_session_under_its_new_one
                a_deletion_under_an_id_from_before_a_restart_leaves_the_new_session_alone
                a_deletion_under_an_id_that_is_no_longer_remembered_ends_nothing
                deleting_twice_is_deleting_once
                deleting_what_is_not_there_leaves_no_mark
                deleting_what_has_expired_leaves_no_mark
            }
            contention {
                of_many_creations_of_one_id_one_wins
                of_many_renewals_of_one_id_one_is_saved_and_the_others_find_it_gone
                fifty_updates_of_fifty_names_at_once_all_survive
                fifty_counters_that_expect_a_version_lose_no_step
                a_deletion_among_many_updates_is_the_end
            }
            races {
                whatever_the_order_nothing_is_live_after_an_update_and_a_deletion
                whatever_the_order_nothing_is_live_after_a_touch_and_a_deletion
                a_renewal_racing_a_deletion_leaves_nothing_live
                a_restart_racing_a_deletion_is_live_exactly_when_it_came_first
                an_update_racing_a_renewal_is_in_the_new_row_or_was_told_that_it_is_not
                a_touch_racing_a_renewal_does_not_bring_the_old_id_back
                at_no_moment_of_a_renewal_are_both_ids_live_or_neither
            }
            cancellation {
                a_dropped_creation_made_the_whole_session_or_none
                a_dropped_update_is_saved_whole_or_not_at_all
                a_dropped_touch_leaves_a_live_session
                a_dropped_renewal_leaves_one_live_id
                a_dropped_deletion_leaves_the_session_or_its_end
                a_dropped_load_disturbs_nobody
            }
            values {
                every_kind_of_value_comes_back
                text_of_every_script_comes_back
                awkward_names_are_names_like_any_other
                a_null_is_a_value_and_not_an_absence
                a_number_keeps_all_its_digits
                a_value_64_levels_deep_comes_back
                a_mebibyte_comes_back
                a_thousand_names_come_back
                the_order_of_names_means_nothing
                any_text_can_name_an_owner
                any_client_is_accepted
            }
        }
    };
}
