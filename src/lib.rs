//! Nightbell: Alertmanager rings it, and it wakes the right human by SMS.
