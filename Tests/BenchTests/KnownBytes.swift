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
}
