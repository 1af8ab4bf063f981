using Keelson.Pkcs11;
using Keelson.Pkcs11.Native;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>Modules that fail, forget, and lie.</summary>
public sealed class TokenFaultTests
{
    private const ReturnValue Ok = ReturnValue.CKR_OK;

    [Theory]
    [InlineData(ReturnValue.CKR_SESSION_HANDLE_INVALID)]
    [InlineData(ReturnValue.CKR_SESSION_CLOSED)]
    [InlineData(ReturnValue.CKR_DEVICE_REMOVED)]
    [InlineData(ReturnValue.CKR_TOKEN_NOT_PRESENT)]
    [InlineData(ReturnValue.CKR_USER_NOT_LOGGED_IN)]
    public async Task A_session_that_died_is_opened_anew_once(ReturnValue code)
    {
        using Pkcs11Module module = Make();
        await using Pkcs11Token token = Open(module);
        FakeModule.Answer("Sign", code);
        int epoch = await token.RunAsync(session => session.Epoch);
        Assert.Equal(64, (await SignAsync(token)).Length);
        Assert.NotEqual(epoch, await token.RunAsync(session => session.Epoch));
        Assert.Equal((2, 2, 2), (FakeModule.CountOf("Sign"), FakeModule.CountOf("OpenSession"), FakeModule.CountOf("Login")));
        FakeModule.Answer("Sign", code, code, code);
        Pkcs11Exception error = await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token));
        Assert.Equal((ErrorKind.Unavailable, code), (error.Kind, error.Code));
        Assert.StartsWith($"sign with it in token keelson: {code}", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, FakeModule.CountOf("Sign"));
    }

    [Fact]
    public async Task All_sessions_of_a_lost_token_are_dropped_and_it_is_found_in_another_slot()
    {
        using Pkcs11Module module = Make();
        await using Pkcs11Token token = Open(module);
        // Three at once, so that there are three sessions.
        using Barrier barrier = new(3);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => token.RunAsync(_ => barrier.SignalAndWait(Condition.Limit)))));
        Assert.Equal(3, FakeModule.OpenSessions);
        FakeModule.SlotCount = 4;
        FakeModule.Answer("Sign", ReturnValue.CKR_DEVICE_REMOVED);
        Assert.Equal(64, (await SignAsync(token)).Length);
        Assert.Equal(1, FakeModule.OpenSessions);
    }

    [Theory]
    [InlineData(ReturnValue.CKR_PIN_INCORRECT)]
    [InlineData(ReturnValue.CKR_PIN_LOCKED)]
    [InlineData(ReturnValue.CKR_PIN_EXPIRED)]
    public async Task A_PIN_that_is_refused_is_never_tried_again(ReturnValue code)
    {
        using Pkcs11Module module = Make();
        FakeModule.Answer("Login", code);
        Assert.Equal((ErrorKind.PermissionDenied, code), Of(Assert.Throws<Pkcs11Exception>(() => Open(module))));
        Assert.Equal((1, 0), (FakeModule.CountOf("Login"), FakeModule.OpenSessions));

        await using Pkcs11Token token = Open(module);
        FakeModule.Answer("Sign", ReturnValue.CKR_USER_NOT_LOGGED_IN);
        FakeModule.Answer("Login", code);
        for (int i = 0; i < 5; i++) Assert.Equal((ErrorKind.PermissionDenied, code), Of(await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token))));
        Assert.Equal(3, FakeModule.CountOf("Login"));
    }

    [Theory]
    [InlineData(TokenFlags.CKF_USER_PIN_FINAL_TRY, ErrorKind.FailedPrecondition, "one more wrong PIN locks it")]
    [InlineData(TokenFlags.CKF_USER_PIN_LOCKED, ErrorKind.PermissionDenied, "CKR_PIN_LOCKED")]
    public void The_last_try_before_a_token_locks_is_left_to_people(TokenFlags flag, ErrorKind kind, string why)
    {
        using Pkcs11Module module = Make();
        FakeModule.Flags |= flag;
        KeelsonException error = Assert.ThrowsAny<KeelsonException>(() => Open(module));
        Assert.Equal(kind, error.Kind);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (FakeModule.CountOf("Login"), FakeModule.OpenSessions));
    }

    [Fact]
    public async Task Who_is_logged_in_already_is_welcome()
    {
        using Pkcs11Module module = Make();
        FakeModule.Answer("Login", ReturnValue.CKR_USER_ALREADY_LOGGED_IN);
        await using Pkcs11Token token = Open(module);
        await token.CheckAsync();
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(100, 2)]
    [InlineData(1, 0)]
    public async Task A_token_with_few_sessions_serves_many(int limit, int told)
    {
        using Pkcs11Module module = Make();
        (FakeModule.SessionLimit, FakeModule.ToldSessions) = (limit, (nuint)told);
        await using Pkcs11Token token = Open(module);
        int inside = 0, most = 0;
        FakeModule.WhileSigning = () =>
        {
            int now = Interlocked.Increment(ref inside);
            for (int seen = most; now > seen; seen = most) Interlocked.CompareExchange(ref most, now, seen);
            Thread.Yield();
            Interlocked.Decrement(ref inside);
        };
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (int n = 0; n < 50; n++) await SignAsync(token);
        })));
        Assert.Equal(800, FakeModule.CountOf("Sign"));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task A_token_without_a_session_left_says_so()
    {
        using Pkcs11Module module = Make();
        FakeModule.SessionLimit = 0;
        Assert.Equal((ErrorKind.Unavailable, ReturnValue.CKR_SESSION_COUNT), Of(Assert.Throws<Pkcs11Exception>(() => Open(module))));
        FakeModule.SessionLimit = 1;
        await using Pkcs11Token token = Open(module);
        FakeModule.Answer("Sign", ReturnValue.CKR_HOST_MEMORY);
        await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token));
        FakeModule.SessionLimit = 0;
        Assert.Equal((ErrorKind.Unavailable, ReturnValue.CKR_SESSION_COUNT), Of(await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token))));
        FakeModule.SessionLimit = 1;
        await SignAsync(token);
    }

    [Fact]
    public async Task What_fails_is_told_by_its_name_and_its_session_goes()
    {
        using Pkcs11Module module = Make();
        await using Pkcs11Token token = Open(module);
        FakeModule.Answer("Sign", ReturnValue.CKR_HOST_MEMORY, (ReturnValue)0x80000123);
        Assert.Equal("sign with it in token keelson: CKR_HOST_MEMORY", (await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token))).Message);
        Assert.Equal(0, FakeModule.OpenSessions);
        Assert.Equal("sign with it in token keelson: 0x80000123 (an answer of this module alone)", (await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token))).Message);
        FakeModule.Answer("GenerateKeyPair", ReturnValue.CKR_CURVE_NOT_SUPPORTED, ReturnValue.CKR_MECHANISM_INVALID);
        Assert.Equal((ErrorKind.Unsupported, ReturnValue.CKR_MECHANISM_INVALID), Of(await Assert.ThrowsAsync<Pkcs11Exception>(() => token.RunAsync(session => session.Generate(EcCurve.Ed25519, "l", "i"u8.ToArray())))));
        // The other name of the curve.
        FakeModule.Answer("GenerateKeyPair", ReturnValue.CKR_CURVE_NOT_SUPPORTED);
        Assert.Equal(new ObjectHandle(2), (await token.RunAsync(session => session.Generate(EcCurve.Ed25519, "l", "i"u8.ToArray()))).Private);
        await SignAsync(token);
        FakeModule.SignatureLength = 63;
        Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => SignAsync(token))).Kind);
    }

    [Fact]
    public async Task A_search_without_end_and_one_that_writes_too_far_are_left()
    {
        using Pkcs11Module module = Make();
        await using Pkcs11Token token = Open(module);
        foreach (nuint count in (nuint[])[64, 3]) FakeModule.Found.Enqueue(count);
        FakeModule.Found.Enqueue(0);
        Assert.Equal(67, (await token.RunAsync(session => session.Find())).Count);
        Assert.Equal(1, FakeModule.CountOf("FindObjectsFinal"));
        foreach (nuint count in (nuint[])[64, 65, nuint.MaxValue])
        {
            FakeModule.Found.Clear();
            FakeModule.Found.Enqueue(count);
            Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => token.RunAsync(session => session.Find()))).Kind);
        }
        Assert.Equal(0, FakeModule.OpenSessions);
    }

    [Fact]
    public async Task Lengths_of_attributes_that_make_no_sense_are_refused()
    {
        using Pkcs11Module module = Make();
        await using Pkcs11Token token = Open(module);
        Task<byte[]?> ReadAsync(Func<int, nuint> length, bool isLying = false)
        {
            (FakeModule.AttributeLength, FakeModule.IsLying) = (length, isLying);
            return token.RunAsync(session => session.Read(default, AttributeType.CKA_LABEL));
        }
        Assert.Equal(8, (await ReadAsync(_ => 8))!.Length);
        Assert.Empty((await ReadAsync(_ => 0))!);
        Assert.Equal(3000, (await ReadAsync(_ => 3000))!.Count(value => value == 7));
        Assert.Null(await ReadAsync(_ => nuint.MaxValue));
        int grown = 600;
        foreach ((Func<int, nuint> length, bool isLying) in ((Func<int, nuint>, bool)[])[(_ => 513, true), (_ => (64 << 10) + 1, false), (_ => (nuint)(grown += 100), false)])
            Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => ReadAsync(length, isLying))).Kind);
        FakeModule.AttributeLength = _ => 8;
        foreach (ReturnValue none in (ReturnValue[])[ReturnValue.CKR_ATTRIBUTE_SENSITIVE, ReturnValue.CKR_ATTRIBUTE_TYPE_INVALID])
        {
            FakeModule.Answer("GetAttributeValue", none);
            Assert.Null(await token.RunAsync(session => session.Read(default, AttributeType.CKA_LABEL)));
        }
    }

    [Fact]
    public void Modules_that_cannot_be_used_are_refused_and_those_of_others_left_as_they_are()
    {
        Begin();
        FakeModule.Answer("Initialize", ReturnValue.CKR_CANT_LOCK);
        Assert.Equal((ErrorKind.Unsupported, ReturnValue.CKR_CANT_LOCK), Of(Assert.Throws<Pkcs11Exception>(() => MakeAgain())));
        FakeModule.Answer("Initialize", ReturnValue.CKR_CRYPTOKI_ALREADY_INITIALIZED);
        using (Pkcs11Module others = MakeAgain()) Assert.Single(others.Tokens());
        Assert.Equal(0, FakeModule.CountOf("End"));
        using (Pkcs11Module first = MakeAgain())
        {
            using (Pkcs11Module second = MakeAgain()) Assert.Single(second.Tokens());
            Assert.Equal((3, 0), (FakeModule.CountOf("Initialize"), FakeModule.CountOf("End")));
        }
        Assert.Equal(1, FakeModule.CountOf("End"));
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(MakeWithoutSign).Kind);
    }

    [Fact]
    public async Task A_module_is_initialised_anew_for_a_token_that_is_away_once_in_a_second_and_not_under_others()
    {
        using Pkcs11Module module = Make();
        Hand hand = new();
        await using Pkcs11Token token = Pkcs11Token.Open(module, SoftToken.TokenOptions with { Time = hand });
        FakeModule.SlotCount = 0;
        FakeModule.Answer("Sign", ReturnValue.CKR_DEVICE_REMOVED);
        foreach ((int seconds, int ends) in ((int, int)[])[(0, 1), (0, 1), (1, 2), (0, 2), (2, 3)])
        {
            hand.Seconds += seconds;
            Assert.Equal((ErrorKind.Unavailable, ReturnValue.CKR_TOKEN_NOT_PRESENT), Of(await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token))));
            Assert.Equal((ends, ends + 1), (FakeModule.CountOf("End"), FakeModule.CountOf("Initialize")));
        }
        using (MakeAgain())
        {
            hand.Seconds += 5;
            await Assert.ThrowsAsync<Pkcs11Exception>(() => SignAsync(token));
        }
        Assert.Equal(3, FakeModule.CountOf("End"));
        FakeModule.SlotCount = 1;
        Assert.Equal(64, (await SignAsync(token)).Length);
    }

    [Theory]
    [InlineData(5000, null, ErrorKind.DataLoss)]
    [InlineData(2, 3, ErrorKind.DataLoss)]
    public void Lists_of_slots_that_make_no_sense_are_refused(int count, int? told, ErrorKind kind)
    {
        using Pkcs11Module module = Make();
        (FakeModule.SlotCount, FakeModule.ToldSlots) = ((nuint)count, (nuint?)told);
        Assert.Equal(kind, Assert.Throws<KeelsonException>(module.Tokens).Kind);
    }

    [Fact]
    public void A_list_of_slots_that_grows_is_read_again()
    {
        using Pkcs11Module module = Make();
        FakeModule.Answer("GetSlotList", Ok, ReturnValue.CKR_BUFFER_TOO_SMALL);
        Pkcs11TokenInfo token = Assert.Single(module.Tokens());
        Assert.Equal((SoftToken.Label, "1"), (token.Label, token.SerialNumber));
        FakeModule.SlotCount = 0;
        Assert.Empty(module.Tokens());
    }

    private static Pkcs11Token Open(Pkcs11Module module) => Pkcs11Token.Open(module, SoftToken.TokenOptions);

    private static Task<byte[]> SignAsync(Pkcs11Token token) => token.RunAsync(session => session.Sign(Mechanism.CKM_ECDSA, new(7), "it", new byte[32]));

    private static (ErrorKind, ReturnValue) Of(Pkcs11Exception error) => (error.Kind, error.Code);

    private static unsafe Pkcs11Module Make() => new("fake", FakeModule.Make());

    private static unsafe void Begin() => FakeModule.Make();

    private static unsafe Pkcs11Module MakeAgain() => new("fake", FakeModule.List);

    private static unsafe void MakeWithoutSign()
    {
        FunctionList* list = FakeModule.Make();
        list->Sign = null;
        _ = new Pkcs11Module("fake", list);
    }

    /// <summary>A clock that is moved by hand.</summary>
    private sealed class Hand : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
