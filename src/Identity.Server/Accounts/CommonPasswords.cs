using System.Collections.Frozen;

namespace Identity.Server.Accounts;

/// <summary>Everybody's first guesses, including the ones of people who type pinyin. Stems and the usual decorations, multiplied out.</summary>
internal static class CommonPasswords
{
    private static readonly string[] Stems =
    [
        "password", "passw0rd", "p@ssword", "p@ssw0rd", "admin", "administrator", "root", "user", "guest", "test", "login", "welcome",
        "qwerty", "qwertyuiop", "qwer", "asdf", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm", "qazwsx", "qazwsxedc", "1qaz2wsx", "1q2w3e4r",
        "1q2w3e4r5t", "q1w2e3r4", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "aaaa", "aaaaaa", "aaaaaaaa", "aa", "a", "q", "z", "w",
        "iloveyou", "sunshine", "princess", "dragon", "monkey", "football", "baseball", "superman", "batman", "master", "shadow", "michael",
        "letmein", "trustno1", "starwars", "whatever", "computer", "internet", "samsung", "huawei", "xiaomi", "iphone", "google", "taobao",
        "weixin", "wechat", "alipay", "woaini", "woaini1314", "woaizhongguo", "nihao", "nihaoma", "zhongguo", "china", "beijing", "shanghai",
        "anhui", "hefei", "mima", "mimamima", "wodemima", "zhangwei", "wangwei", "wangfang", "liwei", "lina", "zhang", "wang", "li", "liu", "chen", "yang",
        "woshishui", "laopo", "laogong", "baobei", "aini", "aini1314", "love", "hello", "changeme", "default", "secret", "system", "server",
        "government", "identity", "onecode", "yimatongxing", "tongyishenfen", "shenfenzheng", "zhengwu", "wanshitong",
    ];

    private static readonly string[] Tails =
    [
        "", "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "123!", "!", "!!", "@123", "@1234", "#123", "_123", ".123", "!@#",
        "!@#$", "520", "521", "1314", "5201314", "666", "888", "666666", "888888", "000", "000000", "111", "111111", "2020", "2021", "2022", "2023",
        "2024", "2025", "2026", "@2022", "@2023", "@2024", "@2025", "@2026", "2022!", "2023!", "2024!", "2025!", "2026!",
    ];

    private static readonly FrozenSet<string> All = Stems.SelectMany(stem => Tails.Select(tail => stem + tail))
        .Concat(
        [
            "12345678", "123456789", "1234567890", "0123456789", "9876543210", "87654321", "987654321", "11111111", "00000000", "22222222", "66666666",
            "88888888", "99999999", "12341234", "11223344", "12344321", "123123123", "147258369", "741852963", "159753456", "789456123", "123654789",
            "5201314520", "52013140", "13145200", "110110110", "31415926", "314159265", "1111111111", "0000000000", "12121212", "10101010", "20082008",
            "1a2b3c4d", "a1b2c3d4", "a1234567", "a12345678", "q1234567", "z1234567", "123456ab", "123456abc", "123456789a", "123456789q", "1234qwer",
            "qwer1234", "asdf1234", "123qwe123", "123qweasd", "1qazxsw2", "zaq12wsx", "!qaz2wsx", "1qaz@wsx", "!@#$%^&*", "qwe123456", "abc123456", "asd123456",
        ])
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool Contains(string password) => All.Contains(password) || IsOneSymbolRepeated(password);

    private static bool IsOneSymbolRepeated(string password) => password.Length > 0 && password.AsSpan().TrimStart(password[0]).IsEmpty;
}
