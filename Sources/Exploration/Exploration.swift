/// Visits every state that a small model can reach, and says what it found: how many states and transitions there are,
/// which promise breaks by the shortest path, which interesting case was never reached, and from where a goal cannot be
/// reached any more. It knows nothing of what the models are about.
public enum Exploration {}
