using System.Runtime.InteropServices;
using System.Text;
using Keelson.Pkcs11.Native;

namespace Keelson.Pkcs11;

/// <summary>A module: the library of a maker of tokens. PKCS #11 v2.40 base, section 5.4 and 5.5.</summary>
/// <remarks>A library is initialised once for a process. Who loads it several times shares it, and the last one who leaves finalises it. It stays in memory, since others may have threads in it.</remarks>
public sealed unsafe class Pkcs11Module : IDisposable
{
    /// <summary>Most slots that are looked at. Modules of networks have dozens.</summary>
    private const int SlotLimit = 4096;

    /// <summary>How often a list of slots may grow while it is read.</summary>
    private const int ListAttempts = 4;

    private static readonly Lock Gate = new();

    /// <summary>How many modules of this process use a library that they initialised. What others initialised is theirs to finalise.</summary>
    private static readonly Dictionary<nint, int> Users = [];

    private readonly bool isOurs;
    private int openTokens;
    private bool isDisposed;

    /// <summary>Initialises the module of a list of functions, which has to outlive it.</summary>
    internal Pkcs11Module(string path, FunctionList* functions)
    {
        Location = path;
        Functions = functions;
        if (functions->Major is not (2 or 3)) throw new KeelsonException(ErrorKind.Unsupported, $"load module {path}: it speaks PKCS #11 {functions->Major}.{functions->Minor} and not 2");
        RequireFunctions();
        lock (Gate)
        {
            if (Users.TryGetValue((nint)functions, out int users))
            {
                Users[(nint)functions] = users + 1;
                isOurs = true;
                return;
            }
            ReturnValue code = Initialize();
            isOurs = code == ReturnValue.CKR_OK;
            if (code != ReturnValue.CKR_CRYPTOKI_ALREADY_INITIALIZED) Pkcs11Exception.Check(code, $"initialise module {path}");
            if (isOurs) Users[(nint)functions] = 1;
        }
    }

    /// <summary>The file it came from.</summary>
    public string Location { get; }

    internal FunctionList* Functions { get; }

    /// <summary>Loads a library and initialises it.</summary>
    /// <param name="path">Path of the library.</param>
    /// <exception cref="KeelsonException">NotFound: there is no such file. InvalidArgument: it is no module. Unsupported: threads cannot share it, or it speaks another version.</exception>
    public static Pkcs11Module Load(string path)
    {
        // A path without a slash would be looked for elsewhere.
        path = Path.GetFullPath(path);
        if (!File.Exists(path)) throw new KeelsonException(ErrorKind.NotFound, $"load module {path}: there is no such file");
        try
        {
            delegate* unmanaged[Cdecl]<FunctionList**, ReturnValue> list = (delegate* unmanaged[Cdecl]<FunctionList**, ReturnValue>)NativeLibrary.GetExport(NativeLibrary.Load(path), "C_GetFunctionList");
            FunctionList* functions = null;
            Pkcs11Exception.Check(list(&functions), $"load module {path}");
            return functions is null ? throw new KeelsonException(ErrorKind.InvalidArgument, $"load module {path}: it has no list of functions") : new(path, functions);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"load module {path}: it is no module of PKCS #11", e);
        }
    }

    /// <summary>The tokens that are there now and were set up.</summary>
    /// <exception cref="Pkcs11Exception">The module cannot say.</exception>
    public IReadOnlyList<Pkcs11TokenInfo> Tokens() => [.. Slots().Select(TryInfo).OfType<Pkcs11TokenInfo>()];

    /// <summary>Finds the token of a label, and of a serial number.</summary>
    /// <exception cref="KeelsonException">Unavailable: it is not there. FailedPrecondition: there are several.</exception>
    internal Pkcs11TokenInfo Find(Pkcs11TokenOptions options)
    {
        Pkcs11TokenInfo[] found = [.. Tokens().Where(token => token.Label == options.Label && (options.SerialNumber is null || token.SerialNumber == options.SerialNumber))];
        return found.Length switch
        {
            0 => throw new Pkcs11Exception(ReturnValue.CKR_TOKEN_NOT_PRESENT, $"find {options} in module {Location}"),
            1 => found[0],
            _ => throw new KeelsonException(ErrorKind.FailedPrecondition, $"find {options} in module {Location}: there are {found.Length}; the serial number says which one"),
        };
    }

    /// <summary>The token in a slot; <see langword="null"/>: there is none, or one that was not set up.</summary>
    internal Pkcs11TokenInfo? TryInfo(nuint slot)
    {
        CkTokenInfo info;
        ReturnValue code = Functions->GetTokenInfo(slot, &info);
        // One that is broken must not hide the others.
        if (Pkcs11Token.IsAway(code)) return null;
        Pkcs11Exception.Check(code, $"look at a token of module {Location}");
        if (!info.Flags.HasFlag(TokenFlags.CKF_TOKEN_INITIALIZED)) return null;
        // 0 is as many as there are, all bits set is not known.
        int? sessions = info.MaximumSessions is > 0 and <= int.MaxValue ? (int)info.MaximumSessions : null;
        return new(slot, Text(info.Label, CkTokenInfo.LabelBytes), Text(info.SerialNumber, CkTokenInfo.ModelBytes), Text(info.Manufacturer, CkTokenInfo.LabelBytes), Text(info.Model, CkTokenInfo.ModelBytes), info.Flags, sessions);
    }

    /// <summary>Counts tokens that are open.</summary>
    internal void CountToken(int more) => Interlocked.Add(ref openTokens, more);

    /// <summary>Initialises the library anew: some of them know no other way to a token that was away. The caller has no session.</summary>
    /// <returns>Whether it was possible: nobody else here may use the library.</returns>
    internal bool TryRestart()
    {
        lock (Gate)
        {
            if (isDisposed || !isOurs || Users[(nint)Functions] > 1 || Volatile.Read(ref openTokens) > 1) return false;
            // What it says to its end makes no difference to the beginning.
            _ = Functions->Finalize(null);
            Pkcs11Exception.Check(Initialize(), $"initialise module {Location}");
            return true;
        }
    }

    /// <summary>Finalises the library when nobody else here uses it. Tokens come first.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (isDisposed) return;
            isDisposed = true;
            if (!isOurs || --CollectionsMarshal.GetValueRefOrNullRef(Users, (nint)Functions) > 0) return;
            Users.Remove((nint)Functions);
            ReturnValue code = Functions->Finalize(null);
            // After a restart that failed.
            if (code != ReturnValue.CKR_CRYPTOKI_NOT_INITIALIZED) Pkcs11Exception.Check(code, $"finalise module {Location}");
        }
    }

    private ReturnValue Initialize()
    {
        CkInitializeArguments arguments = new() { Flags = CkInitializeArguments.CKF_OS_LOCKING_OK };
        return Functions->Initialize(&arguments);
    }

    private nuint[] Slots()
    {
        for (int attempt = 1; ; attempt++)
        {
            nuint count = 0;
            // Without a place for the list a module looks for slots anew.
            Pkcs11Exception.Check(Functions->GetSlotList(1, null, &count), $"list slots of module {Location}");
            if (count > SlotLimit) throw new KeelsonException(ErrorKind.DataLoss, $"list slots of module {Location}: {count} of them, more than {SlotLimit}");
            nuint[] slots = new nuint[(int)count];
            if (count == 0) return slots;
            nuint room = count;
            ReturnValue code;
            fixed (nuint* first = slots) code = Functions->GetSlotList(1, first, &count);
            if (code == ReturnValue.CKR_BUFFER_TOO_SMALL && attempt < ListAttempts) continue;
            Pkcs11Exception.Check(code, $"list slots of module {Location}");
            return count <= room ? slots[..(int)count] : throw new KeelsonException(ErrorKind.DataLoss, $"list slots of module {Location}: it says {count} where {room} fit");
        }
    }

    private void RequireFunctions()
    {
        FunctionList* f = Functions;
        bool areThere = f->Initialize is not null && f->Finalize is not null && f->GetSlotList is not null && f->GetTokenInfo is not null && f->OpenSession is not null && f->CloseSession is not null
            && f->Login is not null && f->DestroyObject is not null && f->GetAttributeValue is not null && f->SetAttributeValue is not null && f->FindObjectsInit is not null && f->FindObjects is not null
            && f->FindObjectsFinal is not null && f->SignInit is not null && f->Sign is not null && f->GenerateKeyPair is not null;
        if (!areThere) throw new KeelsonException(ErrorKind.InvalidArgument, $"load module {Location}: functions are missing");
    }

    // Some modules end texts with a zero.
    private static string Text(byte* first, int length) => Encoding.UTF8.GetString(first, length).TrimEnd(' ', '\0');
}
