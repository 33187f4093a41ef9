// Supervision: keeps child processes running, and tells a process who it is, when to stop, and that its parent is gone.
//
// For the parent:   Supervisor starts children, watches them, restarts them with backoff, rolls them and stops them.
//                   What it decides is a value, SupervisorPlan; the Supervisor only carries it out.
// For the child:    ParentWatch notices the supervisor's death, ShutdownSignals turns signals into calls,
//                   ServiceNotifier talks to the service manager.
// For both:         ProcessIdentity says which process this is, beyond its PID.
//
// A child is waited for by its pidfd: no SIGCHLD handler, no wait for "any" child, so that other code of the process
// may have children of its own. Linux 5.4 or later.
