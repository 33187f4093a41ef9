@testable import gapless_bench

/// What the generator once wrote, kept for ever.
enum KnownBytes {
    static let firstTwoOfSeedOne = #"""
        {"id":1,"email":"p27a4mui4nuyc@mails.test","city":"lubeke","created_at":-2188067652490786990,"score":\#
        54.165192,"tags":[],"bio":"  ew  dukz iw jceyhfqxol ogb oeah fohbb nazvco pxl   uhyfl vtjtmeotv w li\#
        q yycl jxlfpgmbundalolvymzn"}
        {"id":2,"email":"46ugka2gyabal@mails.test","city":"bemuna","created_at":-1879621943980676689,"score":\#
        44.405271,"tags":["tad","red","nid","mod"],"bio":"tdbge va wgeg adrdczf toe pxlbdkdgihyikgrfqrxvrhn \#
        e  deb  xkyl hfsbpbfzgddaklzct  fj  rwhobgk afeiug"}

        """#

    /// Of the first fifty records of seed 1; of the huge ones the first two.
    static let digests: [DataSet: UInt64] = [
        .people: 10_139_240_707_631_111_587, .tinyKeys: 14_155_562_880_013_201_792,
        .longKeys: 6_645_761_777_105_447_336, .equal: 12_027_730_159_707_118_947,
        .sorted: 13_908_385_855_324_604_178, .reversed: 17_728_172_055_653_375_756,
        .tinyRecords: 9_605_135_489_904_860_860, .hugeRecords: 3_513_289_067_204_100_588,
    ]
}
