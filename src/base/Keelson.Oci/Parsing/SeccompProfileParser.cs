namespace Keelson.Oci;

/// <summary>Reads a system call filter: the <c>linux.seccomp</c> object of a configuration.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Seccomp". The rules are those of <see cref="RuntimeSpecParser"/>.</remarks>
public static class SeccompProfileParser
{
    /// <summary>Reads a document that is one filter object.</summary>
    /// <param name="json">UTF-8, at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="documentName">What to call the document in messages.</param>
    /// <exception cref="OciFormatException">It is no JSON, a value has the wrong type or range, or a required property is missing.</exception>
    public static SeccompProfile Parse(ReadOnlySpan<byte> json, string documentName = "seccomp.json") =>
        SpecReader.ReadDocument(json, documentName, ReadProfile);

    internal static SeccompProfile ReadProfile(ref SpecReader r)
    {
        SeccompProfile profile = new();
        SeccompAction? action = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("syscalls"u8)) profile.Syscalls = r.Array(ReadRule);
            else if (r.Is("defaultAction"u8)) action = r.Name(SpecNames.ParseSeccompAction, "a seccomp action");
            else if (r.Is("defaultErrnoRet"u8)) profile.DefaultErrnoRet = r.UInt32();
            else if (r.Is("architectures"u8)) profile.Architectures = r.Array(ReadArchitecture);
            else if (r.Is("flags"u8)) profile.Flags = ReadFlags(ref r);
            else if (r.Is("listenerPath"u8)) profile.ListenerPath = r.String();
            else if (r.Is("listenerMetadata"u8)) profile.ListenerMetadata = r.TakeNull() || r.Text() is not { Length: > 0 } text ? null : text;
            else r.Skip();
        }
        profile.DefaultAction = r.Required(action, "defaultAction");
        return profile;
    }

    private static SeccompArchitecture ReadArchitecture(ref SpecReader r) =>
        r.ElementName(SpecNames.ParseSeccompArchitecture, "a seccomp architecture");

    private static SeccompFlags? ReadFlags(ref SpecReader r)
    {
        if (r.TakeNull()) return null;
        SeccompFlags flags = SeccompFlags.None;
        foreach (SeccompFlags flag in r.Array(static (ref e) => e.ElementName(SpecNames.ParseSeccompFlags, "a seccomp flag"))) flags |= flag;
        return flags;
    }

    private static SeccompRule ReadRule(ref SpecReader r)
    {
        SeccompRule rule = new();
        SeccompAction? action = null;
        bool hasNames = false;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("names"u8)) hasNames = (rule.Names = r.Strings()).Length > 0;
            else if (r.Is("action"u8)) action = r.Name(SpecNames.ParseSeccompAction, "a seccomp action");
            else if (r.Is("errnoRet"u8)) rule.ErrnoRet = r.UInt32();
            else if (r.Is("args"u8)) rule.Args = r.Array(ReadArgument);
            else r.Skip();
        }
        if (!hasNames) throw r.Missing("names");
        rule.Action = r.Required(action, "action");
        return rule;
    }

    private static SeccompArgument ReadArgument(ref SpecReader r)
    {
        SeccompOperator? op = null;
        uint? index = null;
        ulong? value = null, valueTwo = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("index"u8)) index = r.UInt32();
            else if (r.Is("value"u8)) value = r.UInt64();
            else if (r.Is("valueTwo"u8)) valueTwo = r.UInt64();
            else if (r.Is("op"u8)) op = r.Name(SpecNames.ParseSeccompOperator, "a seccomp operator");
            else r.Skip();
        }
        return new SeccompArgument
        {
            Index = r.Required(index, "index"),
            Value = r.Required(value, "value"),
            ValueTwo = valueTwo ?? 0,
            Op = r.Required(op, "op"),
        };
    }
}
