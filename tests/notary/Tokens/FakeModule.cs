using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Keelson.Pkcs11;
using Keelson.Pkcs11.Native;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>A module that does what a test says, faults included. There is one for the process: its functions are static.</summary>
internal static unsafe class FakeModule
{
    private static readonly Lock Gate = new();
    /// <summary>Its functions.</summary>
    public static readonly FunctionList* List = (FunctionList*)NativeMemory.AllocZeroed((nuint)sizeof(FunctionList));

    private static Dictionary<string, Queue<ReturnValue>> answers = [];
    private static List<string> calls = [];
    private static HashSet<nuint> sessions = [];
    private static nuint lastSession;

    /// <summary>What functions were called, in order.</summary>
    public static IReadOnlyList<string> Calls
    {
        get
        {
            lock (Gate) return [.. calls];
        }
    }

    /// <summary>Sessions that are open now.</summary>
    public static int OpenSessions
    {
        get
        {
            lock (Gate) return sessions.Count;
        }
    }

    /// <summary>Slots with tokens; the token is in the last one.</summary>
    public static nuint SlotCount { get; set; }

    /// <summary>How many slots it says there are when it is given a place for more; <see langword="null"/>: as many as there are.</summary>
    public static nuint? ToldSlots { get; set; }

    public static TokenFlags Flags { get; set; }

    /// <summary>What the token says of sessions; 0: as many as there are.</summary>
    public static nuint ToldSessions { get; set; }

    /// <summary>Most sessions that it really has.</summary>
    public static int SessionLimit { get; set; }

    /// <summary>What each search step gives: a number of objects; the last one goes on for ever.</summary>
    public static Queue<nuint> Found { get; } = new();

    /// <summary>Length of every attribute, for the n-th question about it.</summary>
    public static Func<int, nuint> AttributeLength { get; set; } = _ => 0;

    /// <summary>Whether it says OK and a length where an attribute does not fit.</summary>
    public static bool IsLying { get; set; }

    public static nuint SignatureLength { get; set; }

    /// <summary>What happens while it signs.</summary>
    public static Action WhileSigning { get; set; } = () => { };

    private static int questions;

    /// <summary>Begins anew, with a token that is well.</summary>
    public static FunctionList* Make()
    {
        answers = [];
        calls = [];
        sessions = [];
        Found.Clear();
        (SlotCount, ToldSlots, Flags, ToldSessions, SessionLimit, AttributeLength, IsLying, SignatureLength, WhileSigning, questions) =
            (1, null, TokenFlags.CKF_TOKEN_INITIALIZED | TokenFlags.CKF_LOGIN_REQUIRED, 0, 100, _ => 8, false, 64, () => { }, 0);
        *List = new()
        {
            Major = 2, Minor = 40, Initialize = &Initialize, Finalize = &End, GetSlotList = &GetSlotList, GetTokenInfo = &GetTokenInfo, OpenSession = &OpenSession, CloseSession = &CloseSession, Login = &Login,
            DestroyObject = &DestroyObject, GetAttributeValue = &GetAttributeValue, SetAttributeValue = &SetAttributeValue, FindObjectsInit = &FindObjectsInit, FindObjects = &FindObjects,
            FindObjectsFinal = &FindObjectsFinal, SignInit = &SignInit, Sign = &Sign, GenerateKeyPair = &GenerateKeyPair,
        };
        return List;
    }

    /// <summary>What a function answers the next times; afterwards it is well again.</summary>
    public static void Answer(string function, params IReadOnlyList<ReturnValue> codes)
    {
        lock (Gate) answers[function] = new(codes);
    }

    public static int CountOf(string function) => Calls.Count(call => call == function);

    private static ReturnValue Say([CallerMemberName] string function = "")
    {
        lock (Gate)
        {
            calls.Add(function);
            return answers.TryGetValue(function, out Queue<ReturnValue>? queue) && queue.TryDequeue(out ReturnValue code) ? code : ReturnValue.CKR_OK;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue Initialize(CkInitializeArguments* arguments) => arguments->Flags == CkInitializeArguments.CKF_OS_LOCKING_OK ? Say() : ReturnValue.CKR_ARGUMENTS_BAD;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue End(void* reserved) => Say();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue GetSlotList(byte present, nuint* slots, nuint* count)
    {
        ReturnValue code = Say();
        if (slots is null)
        {
            *count = SlotCount;
            return code;
        }
        for (nuint i = 0; i < *count && i < SlotCount; i++) slots[i] = i;
        *count = ToldSlots ?? SlotCount;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue GetTokenInfo(nuint slot, CkTokenInfo* info)
    {
        *info = new() { Flags = Flags, MaximumSessions = ToldSessions };
        Span<byte> label = new(info->Label, CkTokenInfo.LabelBytes), serial = new(info->SerialNumber, CkTokenInfo.ModelBytes);
        label.Fill((byte)' ');
        Encoding.ASCII.GetBytes(slot == SlotCount - 1 ? SoftToken.Label : "another", label);
        // Ended by a zero, as some do.
        serial[0] = (byte)'1';
        return Say();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue OpenSession(nuint slot, nuint flags, void* application, void* notify, nuint* session)
    {
        if (Say() is not ReturnValue.CKR_OK and { } code) return code;
        lock (Gate)
        {
            if (slot != SlotCount - 1) return ReturnValue.CKR_TOKEN_NOT_PRESENT;
            if (sessions.Count >= SessionLimit) return ReturnValue.CKR_SESSION_COUNT;
            sessions.Add(*session = ++lastSession);
            return flags == 6 ? ReturnValue.CKR_OK : ReturnValue.CKR_ARGUMENTS_BAD;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue CloseSession(nuint session)
    {
        lock (Gate) sessions.Remove(session);
        return Say();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue Login(nuint session, nuint user, byte* pin, nuint length) => Say();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue DestroyObject(nuint session, nuint item) => Say();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue GetAttributeValue(nuint session, nuint item, CkAttribute* attribute, nuint count)
    {
        if (Say() is not ReturnValue.CKR_OK and { } code) return code;
        nuint length = AttributeLength(questions++), room = attribute->Value is null ? nuint.MaxValue : attribute->Length;
        bool fits = length <= room || length == nuint.MaxValue || IsLying;
        if (fits && attribute->Value is not null && length <= room) new Span<byte>(attribute->Value, (int)length).Fill(7);
        attribute->Length = fits ? length : nuint.MaxValue;
        return fits ? ReturnValue.CKR_OK : ReturnValue.CKR_BUFFER_TOO_SMALL;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue SetAttributeValue(nuint session, nuint item, CkAttribute* attributes, nuint count) => Say();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue FindObjectsInit(nuint session, CkAttribute* attributes, nuint count) => Say();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue FindObjects(nuint session, nuint* objects, nuint room, nuint* count)
    {
        *count = Found.Count > 1 ? Found.Dequeue() : Found.Count == 1 ? Found.Peek() : 0;
        for (nuint i = 0; i < *count && i < room; i++) objects[i] = i;
        return Say();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue FindObjectsFinal(nuint session) => Say();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue SignInit(nuint session, CkMechanism* mechanism, nuint key) => Say();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue Sign(nuint session, byte* content, nuint length, byte* signature, nuint* room)
    {
        WhileSigning();
        *room = SignatureLength;
        return Say();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ReturnValue GenerateKeyPair(nuint session, CkMechanism* mechanism, CkAttribute* forPublic, nuint publicCount, CkAttribute* forPrivate, nuint privateCount, nuint* publicKey, nuint* privateKey)
    {
        (*publicKey, *privateKey) = (1, 2);
        return Say();
    }
}
