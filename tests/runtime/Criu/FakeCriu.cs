using System.Text;
using Keelson.Protobuf;
using Keelson.Runtime.Criu;

namespace Keelson.Runtime.Tests.Criu;

/// <summary>A program called <c>criu</c> that speaks the protocol of the real one and notes what it was asked. See <c>fake-criu.c</c>.</summary>
internal sealed class FakeCriu
{
    private static readonly Lazy<string> Built = new(Build);
    private readonly string notes;

    public FakeCriu(string workDirectory) => notes = Directory.CreateDirectory(workDirectory + "/criu").FullName;

    /// <summary>Surroundings in which a command finds this program.</summary>
    public CommandOptions Surroundings => new()
    {
        Prefix = ["env", $"PATH={Built.Value}:/usr/sbin:/usr/bin:/sbin:/bin"],
        Environment = new Dictionary<string, string> { ["FAKE_CRIU"] = notes },
    };

    /// <summary>What it was asked to do.</summary>
    public CriuRequestKind Kind
    {
        get
        {
            ProtobufReader reader = new(File.ReadAllBytes(notes + "/request"));
            while (reader.Next())
                if (reader.Field == 1)
                    return (CriuRequestKind)reader.Number;
            return 0;
        }
    }

    /// <summary>The points that it told of, in order.</summary>
    public string[] Notices => File.Exists(notes + "/notices") ? File.ReadAllLines(notes + "/notices") : [];

    /// <summary>Its own cgroups when it was asked.</summary>
    public string Cgroups => File.ReadAllText(notes + "/cgroup");

    /// <summary>The mounts that it saw.</summary>
    public string Mounts => File.ReadAllText(notes + "/mountinfo");

    /// <summary>Makes it fail with a message.</summary>
    public void Fail(string message) => File.WriteAllText(notes + "/fail", message);

    /// <summary>The number in a field of the request's options; <see langword="null"/> when it is not there.</summary>
    public long? Number(int field)
    {
        foreach ((int number, long value, _) in Options())
            if (number == field)
                return value;
        return null;
    }

    /// <summary>The texts in a field of the request's options.</summary>
    public string[] Texts(int field) => [.. Options().Where(o => o.Field == field).Select(o => Encoding.UTF8.GetString(o.Bytes))];

    /// <summary>The messages in a field of the request's options, as <c>first=second</c>.</summary>
    public string[] Pairs(int field) => [.. Options().Where(o => o.Field == field).Select(o => Pair(o.Bytes))];

    private static string Pair(byte[] message)
    {
        string text = "";
        ProtobufReader reader = new(message);
        while (reader.Next()) text += (text.Length == 0 ? "" : "=") + (reader.Bytes.IsEmpty ? reader.Number.ToString() : Encoding.UTF8.GetString(reader.Bytes));
        return text;
    }

    private List<(int Field, long Number, byte[] Bytes)> Options()
    {
        List<(int, long, byte[])> fields = [];
        ProtobufReader request = new(File.ReadAllBytes(notes + "/request"));
        while (request.Next())
        {
            if (request.Field != 2) continue;
            ProtobufReader options = new(request.Bytes);
            while (options.Next()) fields.Add((options.Field, options.Number, options.Bytes.ToArray()));
        }
        return fields;
    }

    private static string Build()
    {
        string directory = Directory.CreateDirectory(TestDirectory.Root + "/fake-criu").FullName;
        ChildProcess.Run(["gcc", "-O1", "-o", directory + "/criu", AppContext.BaseDirectory + "Criu/fake-criu.c"]).Succeeds();
        return directory;
    }
}
