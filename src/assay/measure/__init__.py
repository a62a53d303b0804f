"""The orchestrator's half: worker processes, the schedule of samples, the journal and the checks that no sample is believed without."""
