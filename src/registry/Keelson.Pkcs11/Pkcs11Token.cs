using System.Security.Cryptography;
using System.Text;

namespace Keelson.Pkcs11;

/// <summary>A token that the user is logged in to. Any number of callers share its sessions.</summary>
/// <remarks>
/// PKCS #11 v2.40 base, section 5.6. A session is for one caller at a time, a token has few of them, and the login is one for all of a process. What a lost session was to do is done
/// once more with a new one: a token may be taken out and put in again. A PIN that was refused is never tried again, since tokens count.
/// </remarks>
public sealed class Pkcs11Token : IAsyncDisposable
{
    private const nuint CKF_RW_SESSION = 2, CKF_SERIAL_SESSION = 4, CKU_USER = 1;

    /// <summary>How long a module is left alone after it was initialised anew for a token that is away. To do it takes some modules a while.</summary>
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private readonly Pkcs11Module module;
    private readonly Pkcs11TokenOptions options;
    private readonly SemaphoreSlim permits;
    private readonly Lock gate = new();
    private readonly Stack<Pkcs11Session> idle = [];

    // Guarded by the gate.
    private nuint slot;
    private int circulating, open, epoch;
    private bool isLoggedIn, isDisposed;
    private ReturnValue refusal;
    private long? restarted;

    private Pkcs11Token(Pkcs11Module module, Pkcs11TokenOptions options)
    {
        (this.module, this.options) = (module, options);
        Pkcs11TokenInfo info = module.Find(options);
        slot = info.Slot;
        circulating = Math.Max(1, Math.Min(options.SessionLimit, info.SessionLimit ?? int.MaxValue));
        permits = new(circulating);
        module.CountToken(1);
    }

    /// <summary>Finds a token and logs in.</summary>
    /// <param name="module">The module, which has to outlive it.</param>
    /// <param name="options">Which token it is.</param>
    /// <exception cref="KeelsonException">Unavailable: it is not there. PermissionDenied: the PIN is wrong. FailedPrecondition: one more wrong PIN would lock the token, or it has no PIN yet.</exception>
    public static Pkcs11Token Open(Pkcs11Module module, Pkcs11TokenOptions options)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(options);
        Pkcs11Token token = new(module, options);
        try
        {
            lock (token.gate) token.idle.Push(token.OpenAndLogIn());
        }
        catch
        {
            module.CountToken(-1);
            throw;
        }
        return token;
    }

    /// <summary>Does something in a session. It blocks the calling thread for as long as the token takes.</summary>
    /// <param name="work">What is done; it may be done twice when the token was lost midway.</param>
    /// <param name="cancel">Ends the wait for a session.</param>
    /// <exception cref="KeelsonException">Unavailable: the token is not there, or has no session. What <paramref name="work"/> throws.</exception>
    public async Task<T> RunAsync<T>(Func<Pkcs11Session, T> work, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        for (bool isAgain = false; ; isAgain = true)
        {
            Pkcs11Session session = await RentAsync(cancel).ConfigureAwait(false);
            bool isWell = false;
            try
            {
                T result = work(session);
                isWell = true;
                return result;
            }
            catch (Pkcs11Exception e) when (IsLost(e.Code))
            {
                Forget(session.Epoch);
                if (isAgain) throw;
            }
            finally
            {
                Return(session, isWell);
            }
        }
    }

    /// <summary>Makes sure that the token is there and the user logged in.</summary>
    /// <exception cref="KeelsonException">Unavailable: it is not.</exception>
    public Task CheckAsync(CancellationToken cancel = default) => RunAsync(_ =>
    {
        RequireThere();
        return true;
    }, cancel);

    /// <summary>Makes sure that the token is there: called in a session that did not find an object, since modules find none in a token that is away.</summary>
    /// <exception cref="Pkcs11Exception">It is not, which <see cref="RunAsync"/> knows to handle.</exception>
    public void RequireThere()
    {
        nuint where;
        lock (gate) where = slot;
        if (module.TryInfo(where) is not { } info || info.Label != options.Label) throw new Pkcs11Exception(ReturnValue.CKR_TOKEN_NOT_PRESENT, $"look at {options}");
    }

    /// <summary>Waits for those who are in it, and closes its sessions. The last one logs out.</summary>
    public async ValueTask DisposeAsync()
    {
        int holders;
        lock (gate)
        {
            if (isDisposed) return;
            isDisposed = true;
            holders = circulating;
        }
        for (int i = 0; i < holders; i++) await permits.WaitAsync().ConfigureAwait(false);
        lock (gate) CloseIdle();
        module.CountToken(-1);
        // Whoever waits still hears that it is over.
        permits.Release(holders);
    }

    /// <summary>Its name, for messages.</summary>
    public override string ToString() => options.ToString();

    private async Task<Pkcs11Session> RentAsync(CancellationToken cancel)
    {
        while (true)
        {
            await permits.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                ObjectDisposedException.ThrowIf(Volatile.Read(ref isDisposed), this);
                if (TryTake() is { } session) return session;
            }
            catch
            {
                permits.Release();
                throw;
            }
        }
    }

    /// <summary>A session of those that wait, or a new one.</summary>
    /// <returns><see langword="null"/>: the token has no more of them; from now on one less is in use, and the caller's permit is gone.</returns>
    private Pkcs11Session? TryTake()
    {
        lock (gate)
        {
            try
            {
                if (idle.TryPop(out Pkcs11Session? session) && isLoggedIn) return session;
                if (session is null) return OpenAndLogIn();
                LogInOrClose(session);
                return session;
            }
            catch (Pkcs11Exception e) when (e.Code == ReturnValue.CKR_SESSION_COUNT && open > 0 && circulating > 1 && !isDisposed)
            {
                circulating--;
                return null;
            }
            catch (Pkcs11Exception e) when (IsAway(e.Code))
            {
                if (!TryRestart()) throw;
                return OpenAndLogIn();
            }
        }
    }

    private void Return(Pkcs11Session session, bool isWell)
    {
        lock (gate)
        {
            // One that failed may still be in the midst of something.
            if (isWell && session.Epoch == epoch) idle.Push(session);
            else Close(session);
        }
        permits.Release();
    }

    private Pkcs11Session OpenAndLogIn()
    {
        ReturnValue code = TryOpenSession(out nuint handle);
        if (IsAway(code))
        {
            // It may be in another slot by now.
            slot = module.Find(options).Slot;
            code = TryOpenSession(out handle);
        }
        Pkcs11Exception.Check(code, $"open a session with {options}");
        open++;
        Pkcs11Session session;
        unsafe
        {
            session = new(module.Functions, options.ToString(), handle, epoch);
        }
        if (!isLoggedIn) LogInOrClose(session);
        return session;
    }

    private void LogInOrClose(Pkcs11Session session)
    {
        try
        {
            LogIn(session);
        }
        catch
        {
            Close(session);
            throw;
        }
    }

    private unsafe ReturnValue TryOpenSession(out nuint handle)
    {
        fixed (nuint* place = &handle) return module.Functions->OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, null, null, place);
    }

    private unsafe void LogIn(Pkcs11Session session)
    {
        string operation = $"log in to {options}";
        if (refusal != ReturnValue.CKR_OK) throw new Pkcs11Exception(refusal, operation + ", as before");
        TokenFlags flags = module.TryInfo(slot)?.Flags ?? throw new Pkcs11Exception(ReturnValue.CKR_TOKEN_NOT_PRESENT, operation);
        if (flags.HasFlag(TokenFlags.CKF_USER_PIN_LOCKED)) throw new Pkcs11Exception(ReturnValue.CKR_PIN_LOCKED, operation);
        // A program that is started again and again with a wrong PIN must not lock the token.
        if (flags.HasFlag(TokenFlags.CKF_USER_PIN_FINAL_TRY)) throw new KeelsonException(ErrorKind.FailedPrecondition, $"{operation}: one more wrong PIN locks it; log in by hand once");
        byte[] pin = Encoding.UTF8.GetBytes(options.Pin);
        ReturnValue code;
        fixed (byte* first = pin) code = module.Functions->Login(session.Handle, CKU_USER, first, (nuint)pin.Length);
        CryptographicOperations.ZeroMemory(pin);
        if (code is ReturnValue.CKR_PIN_INCORRECT or ReturnValue.CKR_PIN_INVALID or ReturnValue.CKR_PIN_LEN_RANGE or ReturnValue.CKR_PIN_EXPIRED or ReturnValue.CKR_PIN_LOCKED) refusal = code;
        if (code != ReturnValue.CKR_USER_ALREADY_LOGGED_IN) Pkcs11Exception.Check(code, operation);
        isLoggedIn = true;
    }

    private bool TryRestart()
    {
        if (open > 0 || isDisposed || (restarted is { } last && options.Time.GetElapsedTime(last) < RestartPause)) return false;
        restarted = options.Time.GetTimestamp();
        if (!module.TryRestart()) return false;
        slot = module.Find(options).Slot;
        return true;
    }

    /// <summary>Drops what an epoch had, once.</summary>
    private void Forget(int lost)
    {
        lock (gate)
        {
            if (epoch != lost) return;
            epoch++;
            isLoggedIn = false;
            CloseIdle();
        }
    }

    private void CloseIdle()
    {
        while (idle.TryPop(out Pkcs11Session? session)) Close(session);
    }

    private unsafe void Close(Pkcs11Session session)
    {
        // Whether it was there still makes no difference.
        _ = module.Functions->CloseSession(session.Handle);
        if (--open > 0) return;
        // Without a session nobody is logged in, and no handle means anything.
        isLoggedIn = false;
        epoch++;
    }

    /// <summary>Whether a session is of no use any more, and a new one may be.</summary>
    private static bool IsLost(ReturnValue code) =>
        code is ReturnValue.CKR_SESSION_HANDLE_INVALID or ReturnValue.CKR_SESSION_CLOSED or ReturnValue.CKR_USER_NOT_LOGGED_IN || IsAway(code);

    /// <summary>Whether the token is not where it was. Modules that were not told of it call it a general error.</summary>
    internal static bool IsAway(ReturnValue code) => code is ReturnValue.CKR_TOKEN_NOT_PRESENT or ReturnValue.CKR_DEVICE_REMOVED or ReturnValue.CKR_SLOT_ID_INVALID or ReturnValue.CKR_TOKEN_NOT_RECOGNIZED
        or ReturnValue.CKR_GENERAL_ERROR or ReturnValue.CKR_DEVICE_ERROR or ReturnValue.CKR_CRYPTOKI_NOT_INITIALIZED;
}
