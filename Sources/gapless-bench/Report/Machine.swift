import Glibc

/// What is to be known of the machine.
enum Machine {
    static func loadAverage() -> Double {
        var averages = [0.0]
        return getloadavg(&averages, 1) == 1 ? averages[0] : 0
    }

    static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
}
