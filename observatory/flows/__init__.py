"""List the stories of the product, in the order in which they happen; each is one short file, read from top to bottom.

1. A request is stored: `take_in.take_in`, and `take_in.take_in_many` for bodies that came at one moment.
2. A data point of a metric is stored: `take_in_points.take_in_points`.
3. A probe result is stored: `take_in_probes.take_in_probes`; the place it was made from gets its number before: `vantages.source_of`.
   Our own are made by `prober/`, here or on another host, and enter here too; how long they hold: `vantages.declare_intervals`;
   what they saw beside: `checks_seen.keep_seen`; whether the service's own telemetry knows of them: `sightings.Sightings.settle`.
4. What was rolled up becomes durable, and a receipt goes out (the last step of 1, 2 and 3): `submitting.store_one`.
5. A token has sent too much for one day: `token_use.TokenUse.take`.
6. Minutes are judged, and an incident opens or ends: `judging.judge_service`.
   Which server tells of a service was chosen before, once: `server_source.choose_source`.
   Final minutes get better only by an auditor: `corrections.withhold`, `corrections.approve`; what is judged again for such a
   reason waits: `judging_again.take_up_requests`.
7. Figures, states and days are made of what was judged, for every page: `figures.figures_of`, `current_states.standing_of`.
8. A minute is followed back to its records: `figures.look_into`.
   Every minute of a month is listed, so that anybody can make its figures again: `minute_list.minutes_of`.
9. A release is frozen: `releases.freeze_release`; what a service says it runs is noted: `releases.observe_release`.
   What the log tells of releases is read: `release_history.KnownHistory.look`.
   Whether it may be opened is answered: `gate.gate_answer`, by the rules that `gate.change_policy` put in force.
   A release is signed: `signing.sign`; what is signed is shown before: `preparing.prepare`.
   The observatory's own signature is made with `signing_keys.SigningKeys.statement_key`, of two keys that `key_seeds.new_key` makes.
   It is revoked, or a condition of it was met: `revoking.revoke_signoff`, `revoking.meet_condition`.
   In an emergency two people open a gate without it: `breaking_glass.request_break_glass`, `breaking_glass.approve_break_glass`.
   What gates were found open or shut is noted: `gate_watch.note_gates`.
10. What was signed is read: `signoffs.signoffs_by_service`.
11. The public log is signed as it stands: `public_log.SignedLog.look`, by `log_signing.CheckpointSigner.sign` with the keys of
    `log_signers.log_signers`, once what is new was read: `log_watching.LogWatch.follow`. An entry is proved: `log_proofs.prove`;
    the tree is given out: `log_tiles.tile_content`; what witnesses sign is kept: `log_witnesses.keep_cosignatures`.
12. The public log is checked: `log_checking.check_log`; also against what somebody kept of it: `log_heads.departs_from`. What is shown of
    it is rebuilt and compared each day: `log_views.rebuilt`.
    The figures of a month that is over are frozen in it: `months.freeze`.
13. Who is observed is said anew: `catalogue.apply_catalogue`.
14. Maintenance is announced, changed and cancelled: `maintenance.announce`, `maintenance.change`, `maintenance.cancel`.
15. Those who run a service write about an incident: `incident_updates.write_update`, `incident_updates.translate_update`.
    They declare that it fails, and that it is over: `declarations.declare`, `declarations.end`, `declarations.translate`.
    They dispute an incident, and an auditor answers: `disputes.dispute`, `disputes.translate_dispute`, `disputes.answer_dispute`.
    What they write ahead publishes itself: `scheduling.schedule_update`, `scheduling.schedule_reminder`, `publishing_due.publish_due`.
    Incidents of several services are tied to their cause: `shared_causes.share`, `shared_causes.tie`, `shared_causes.untie`.
16. What is past its retention is forgotten: `retention.forget_old`.
"""
