using System.Diagnostics;
using System.Text;
using CsCheck;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

public sealed class HtpasswdTests : IDisposable
{
    private readonly Folder folder = new();
    private readonly TestLog log = new();

    public void Dispose() => folder.Dispose();

    [ProgramFact("htpasswd")]
    public async Task What_htpasswd_writes_is_read()
    {
        string path = folder.File("htpasswd");
        ChildProcess.Run(["htpasswd", "-Bbc", "-C", "5", path, "anna", "pass:wörd"]).Succeeds();
        ChildProcess.Run(["htpasswd", "-Bb", "-C", "4", path, "bert", new string('x', 100)]).Succeeds();
        using HtpasswdFile file = new(path);
        Assert.True(await file.VerifyAsync("anna", "pass:wörd"));
        Assert.True(await file.VerifyAsync("bert", new string('x', 100)));
        Assert.False(await file.VerifyAsync("anna", "pass:word"));
        Assert.False(await file.VerifyAsync("bert", "pass:wörd"));
        Assert.False(await file.VerifyAsync("Anna", "pass:wörd"));
        Assert.False(await file.VerifyAsync("", ""));
        ChildProcess.Run(["htpasswd", "-D", path, "anna"]).Succeeds();
        Assert.False(await file.VerifyAsync("anna", "pass:wörd"));
        ChildProcess.Run(["htpasswd", "-Bb", "-C", "5", path, "anna", "another"]).Succeeds();
        Assert.False(await file.VerifyAsync("anna", "pass:wörd"));
        Assert.True(await file.VerifyAsync("anna", "another"));
    }

    [Theory]
    [InlineData("$2y$")]
    [InlineData("$2a$")]
    [InlineData("$2b$")]
    public async Task All_names_of_bcrypt_are_the_same(string name)
    {
        string hash = BCrypt.Net.BCrypt.HashPassword("secret", 4);
        using HtpasswdFile file = new(folder.Write("htpasswd", $"# users\r\n\r\nanna:{name}{hash[4..]}\r\n"));
        Assert.True(await file.VerifyAsync("anna", "secret"));
    }

    [Theory]
    [InlineData("anna:$apr1$abcdefgh$W5J8L2K0a9u1n0Xc4bZ7e.", "not hashed by bcrypt")]
    [InlineData("anna:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "not hashed by bcrypt")]
    [InlineData("anna:rqXexS6ZhobKA", "not hashed by bcrypt")]
    [InlineData("anna:secret in the clear", "not hashed by bcrypt")]
    [InlineData("anna:$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.", "not hashed by bcrypt")]
    [InlineData("anna:$2x$05$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4eFgH", "not hashed by bcrypt")]
    [InlineData("anna:$2y$05$abcdefghijklmnopqrstuu", "not whole")]
    [InlineData("anna:$2y$05$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4eFgH:more", "not whole")]
    [InlineData("anna:$2y$05$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4e!gH", "not whole")]
    [InlineData("anna:$2y$31$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4eFgH", "cost 31")]
    [InlineData("anna:$2y$03$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4eFgH", "cost 3 ")]
    [InlineData("anna:$2y$+5$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4eFgH", "no cost")]
    [InlineData("anna:", "not hashed by bcrypt")]
    [InlineData("anna", "no colon")]
    [InlineData(":$2y$05$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4eFgH", "name")]
    [InlineData("an\tna:$2y$05$abcdefghijklmnopqrstuuOZ1gJ0Zr1q3hX7sWm5yJ8nC2kD4eFgH", "name")]
    public void What_is_no_bcrypt_is_an_error_with_its_line_and_without_the_hash(string line, string reason)
    {
        string path = folder.Write("htpasswd", $"# users\nbert:{BCrypt.Net.BCrypt.HashPassword("x", 4)}\n{line}\n");
        KeelsonException error = Assert.Throws<KeelsonException>(() => new HtpasswdFile(path));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(path + ": line 3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        string secret = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (secret.Length > 4 && secret != line) Assert.DoesNotContain(secret[4..], error.FullMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_twice_and_a_file_that_is_not_there()
    {
        string hash = BCrypt.Net.BCrypt.HashPassword("x", 4);
        Assert.Contains("line 2: the user is there twice", Assert.Throws<KeelsonException>(() => new HtpasswdFile(folder.Write("htpasswd", $"anna:{hash}\nanna:{hash}\n"))).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<KeelsonException>(() => new HtpasswdFile(folder.File("none"))).Kind);
    }

    [Fact]
    public async Task A_file_that_became_wrong_lets_nobody_in_until_it_is_right_again()
    {
        string path = folder.Users(("anna", "secret"), ("bert", "other"));
        using HtpasswdFile file = new(path, new() { Log = log });
        Assert.True(await file.VerifyAsync("anna", "secret"));
        string before = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, before.Replace("bert", "#bert", StringComparison.Ordinal) + "carl:plain text\n");
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(async () => await file.VerifyAsync("anna", "secret"));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains("line 3", log.Text, StringComparison.Ordinal);
        File.Delete(path);
        await Assert.ThrowsAsync<KeelsonException>(async () => await file.VerifyAsync("anna", "secret"));
        await File.WriteAllTextAsync(path, before);
        Assert.True(await file.VerifyAsync("anna", "secret"));
        Assert.DoesNotContain("plain text", error.FullMessage + log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_is_seen_at_once_also_one_of_the_same_length_and_moment()
    {
        string one = BCrypt.Net.BCrypt.HashPassword("one", 4), two = BCrypt.Net.BCrypt.HashPassword("two", 4);
        using HtpasswdFile file = new(folder.Write("htpasswd", $"anna:{one}\n"));
        for (int i = 0; i < 200; i++)
        {
            folder.Write("htpasswd", $"anna:{(i % 2 == 0 ? two : one)}\n");
            Assert.True(await file.VerifyAsync("anna", i % 2 == 0 ? "two" : "one"));
            Assert.False(await file.VerifyAsync("anna", i % 2 == 0 ? "one" : "two"));
        }
    }

    [Fact]
    public async Task A_password_that_was_right_costs_bcrypt_once_and_a_wrong_one_each_time()
    {
        TestClock clock = new();
        using HtpasswdFile file = new(folder.Users(("anna", "secret")), new() { Time = clock, CacheLifetime = TimeSpan.FromMinutes(5) });
        for (int i = 0; i < 20; i++) Assert.True(await file.VerifyAsync("anna", "secret"));
        Assert.Equal(16, file.Work);
        for (int i = 0; i < 5; i++) Assert.False(await file.VerifyAsync("anna", "wrong"));
        Assert.Equal(6 * 16, file.Work);
        clock.Advance(TimeSpan.FromMinutes(6));
        Assert.True(await file.VerifyAsync("anna", "secret"));
        Assert.Equal(7 * 16, file.Work);
    }

    [Fact]
    public async Task A_name_that_nobody_has_costs_as_much_as_one_that_somebody_has_and_always_the_same()
    {
        using HtpasswdFile file = new(folder.Write("htpasswd", string.Concat(((string[])["anna", "bert", "carl"]).Select((user, i) => $"{user}:{BCrypt.Net.BCrypt.HashPassword("secret", 4 + i)}\n"))));
        HashSet<long> costs = [];
        for (int i = 0; i < 40; i++)
        {
            long first = await CostAsync("nobody" + i, "one"), second = await CostAsync("nobody" + i, "two");
            Assert.Equal(first, second);
            costs.Add(first);
        }
        // The costs that there are: a name cannot be told by its cost from those of the file.
        Assert.Equal([16, 32, 64], costs.Order());
        // The password of the user whose hash is compared with is not the password of nobody.
        Assert.False(await file.VerifyAsync("nobody", "secret"));

        async Task<long> CostAsync(string user, string password)
        {
            long before = file.Work;
            Assert.False(await file.VerifyAsync(user, password));
            return file.Work - before;
        }
    }

    /// <summary>A check that did not hash would be a thousand times faster; a busy machine is not.</summary>
    [Fact]
    public async Task A_name_that_nobody_has_takes_about_as_long()
    {
        using HtpasswdFile file = new(folder.Write("htpasswd", $"anna:{BCrypt.Net.BCrypt.HashPassword("secret", 9)}\n"));
        (TimeSpan known, TimeSpan unknown) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (int i = 0; i < 10; i++)
        {
            known = Min(known, await TimeAsync(() => file.VerifyAsync("anna", "wrong" + i)));
            unknown = Min(unknown, await TimeAsync(() => file.VerifyAsync("nobody" + i, "wrong" + i)));
        }
        Assert.InRange(unknown / known, 0.1, 10);

        static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
    }

    [Fact]
    public async Task Connections_that_show_the_same_share_one_check_and_a_flood_of_others_is_turned_away()
    {
        using HtpasswdFile file = new(folder.Write("htpasswd", $"anna:{BCrypt.Net.BCrypt.HashPassword("secret", 11)}\n"), new() { Concurrency = 1, MaxWaiting = 4 });
        bool[] same = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => file.VerifyAsync("anna", "secret").AsTask())));
        Assert.All(same, Assert.True);
        Task<bool>[] flood = [.. Enumerable.Range(0, 50).Select(i => file.VerifyAsync("anna", "wrong" + i).AsTask())];
        // Who was let in before goes on meanwhile.
        Assert.True(await file.VerifyAsync("anna", "secret"));
        KeelsonException[] turnedAway = [.. (await Task.WhenAll(flood.Select(async task =>
        {
            try
            {
                Assert.False(await task);
                return null;
            }
            catch (KeelsonException e)
            {
                return e;
            }
        }))).OfType<KeelsonException>()];
        Assert.InRange(turnedAway.Length, 1, 45);
        Assert.All(turnedAway, error => Assert.Equal((ErrorKind.Unavailable, "check a password: too many are being checked"), (error.Kind, error.Message)));
        Assert.False(await file.VerifyAsync("anna", "wrong"));
    }

    [Fact]
    public async Task What_ends_or_bends_a_password_in_other_programs_does_not_here()
    {
        using HtpasswdFile file = new(folder.Users(("anna", "secret")));
        foreach (string other in (string[])["secret\0", "secret\0secret", "secre", "secrets", "SECRET", " secret", "secret\n", ""])
            Assert.False(await file.VerifyAsync("anna", other), other);
    }

    [Fact]
    public void Any_bytes_are_users_or_an_error_with_a_line()
    {
        string hash = BCrypt.Net.BCrypt.HashPassword("x", 4);
        byte[] good = Encoding.UTF8.GetBytes($"anna:{hash}\nbert:{hash}\n");
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Byte.Array[0, 20]).Sample((at, value, more) =>
        {
            byte[] changed = [.. good, .. more];
            changed[at] = value;
            try
            {
                HtpasswdUsers.Parse(changed, 1, TimeProvider.System);
            }
            catch (KeelsonException e)
            {
                Assert.Matches("^line [1-9][0-9]*: ", e.Message);
                Assert.DoesNotContain(hash[20..40], e.Message, StringComparison.Ordinal);
            }
        }, iter: 20_000);
    }

    [Fact]
    public async Task The_authorizer_asks_for_a_password_and_lets_its_users_do_all()
    {
        using HtpasswdFile file = new(folder.Users(("anna", "secret")));
        HtpasswdAuthorizer authorizer = new(file, "a \"realm\"", log);
        AccessDecision nobody = await authorizer.DecideAsync(Requests.Plain(), Requests.Probe);
        Assert.Equal((false, """Basic realm="a \"realm\"", charset="UTF-8" """.TrimEnd()), (nobody.IsAllowed, nobody.Challenge));
        foreach (AccessRequest[] needs in (AccessRequest[][])[Requests.Probe, Requests.Catalog, Requests.Pull("a"), Requests.Overwrite("a"), Requests.Delete("a")])
        {
            AccessDecision anna = await authorizer.DecideAsync(Requests.Basic("anna", "secret"), needs);
            Assert.Equal((true, "anna", true), (anna.IsAllowed, anna.Identity, anna.CanSee("a")));
            Assert.NotNull((await authorizer.DecideAsync(Requests.Basic("anna", "hunter22"), needs)).Challenge);
            Assert.NotNull((await authorizer.DecideAsync(Requests.Basic("", ""), needs)).Challenge);
        }
        foreach (string header in (string[])["Basic", "Basic ", "Basic !", "Basic YW5uYQ==", "Basic /////w==", "Bearer abc", "Digest username=anna", "Basic " + new string('A', 8000)])
            Assert.False((await authorizer.DecideAsync(Requests.With(header), Requests.Probe)).IsAllowed, header);
        Assert.DoesNotContain("hunter22", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("anna:hunter22"u8), log.Text, StringComparison.Ordinal);
    }

    private static async Task<TimeSpan> TimeAsync(Func<ValueTask<bool>> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start);
    }
}
