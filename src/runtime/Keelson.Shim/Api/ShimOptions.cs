using System.Text;
using System.Text.Json;
using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>How a container is run: <c>containerd.runc.v1.Options</c>.</summary>
public sealed record ShimOptions
{
    /// <summary>Name of the type on the wire.</summary>
    public const string TypeName = "containerd.runc.v1.Options";

    /// <summary>Changes the root without pivot_root(2).</summary>
    public bool NoPivotRoot { get; init; }

    /// <summary>Joins the caller's session keyring.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>The cgroup that the shim itself is put into; empty for the caller's.</summary>
    public string ShimCgroup { get; init; } = "";

    /// <summary>Owner of the streams.</summary>
    public uint IoUid { get; init; }

    /// <summary>Group of the streams.</summary>
    public uint IoGid { get; init; }

    /// <summary>The OCI runtime; empty for the shim's own.</summary>
    public string BinaryName { get; init; } = "";

    /// <summary>Where the runtime keeps its state; empty for its default place.</summary>
    public string Root { get; init; } = "";

    /// <summary>Lets systemd make the cgroups.</summary>
    public bool SystemdCgroup { get; init; }

    /// <summary>Directory for the images of checkpoints; empty for the shim's choice.</summary>
    public string CriuImagePath { get; init; } = "";

    /// <summary>Directory for the logs of criu; empty for that of the images.</summary>
    public string CriuWorkPath { get; init; } = "";

    /// <summary>Reads options; those of another type are the defaults.</summary>
    /// <exception cref="KeelsonException">DataLoss: they are damaged.</exception>
    public static ShimOptions Parse(TypedMessage? message)
    {
        ShimOptions options = new();
        if (message is null || message.TypeName != TypeName) return options;
        ProtobufReader reader = new(message.Value.Span);
        while (reader.Next())
        {
            options = reader.Field switch
            {
                1 => options with { NoPivotRoot = reader.Number != 0 },
                2 => options with { NoNewKeyring = reader.Number != 0 },
                3 => options with { ShimCgroup = reader.Text },
                4 => options with { IoUid = (uint)reader.Number },
                5 => options with { IoGid = (uint)reader.Number },
                6 => options with { BinaryName = reader.Text },
                7 => options with { Root = reader.Text },
                9 => options with { SystemdCgroup = reader.Number != 0 },
                10 => options with { CriuImagePath = reader.Text },
                11 => options with { CriuWorkPath = reader.Text },
                _ => options,
            };
        }
        return options;
    }

    /// <summary>The options as they go over the wire.</summary>
    public TypedMessage ToMessage()
    {
        ProtobufWriter writer = new();
        writer.Switch(1, NoPivotRoot);
        writer.Switch(2, NoNewKeyring);
        writer.TextIfSet(3, ShimCgroup);
        writer.NumberIfSet(4, IoUid);
        writer.NumberIfSet(5, IoGid);
        writer.TextIfSet(6, BinaryName);
        writer.TextIfSet(7, Root);
        writer.Switch(9, SystemdCgroup);
        writer.TextIfSet(10, CriuImagePath);
        writer.TextIfSet(11, CriuWorkPath);
        return new TypedMessage(TypeName, writer.ToArray());
    }

    /// <summary>What the <c>delete</c> command has to know, as JSON for the bundle's <c>options.json</c>.</summary>
    public byte[] ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteString("binary_name"u8, BinaryName);
            json.WriteString("root"u8, Root);
            json.WriteBoolean("systemd_cgroup"u8, SystemdCgroup);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ShimOptions FromJson(ReadOnlySpan<byte> text)
    {
        ShimOptions options = new();
        try
        {
            Utf8JsonReader reader = new(text);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName) continue;
                string name = Encoding.UTF8.GetString(reader.ValueSpan);
                reader.Read();
                if (name == "binary_name" && reader.TokenType == JsonTokenType.String) options = options with { BinaryName = reader.GetString()! };
                else if (name == "root" && reader.TokenType == JsonTokenType.String) options = options with { Root = reader.GetString()! };
                else if (name == "systemd_cgroup") options = options with { SystemdCgroup = reader.TokenType == JsonTokenType.True };
            }
            return options;
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.DataLoss, "read options.json", e);
        }
    }
}
