using System.Text;
using Keelson.Cli.Copying;
using Keelson.Cli.Creating;
using Keelson.Cli.Listing;
using Keelson.Cli.Progress;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Tests;

/// <summary>Sizes, times, ports, keys, paths: text from people and for them.</summary>
public class TextTests
{
    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(1000, "1kB")]
    [InlineData(1947, "1.95kB")]
    [InlineData(1_240_000, "1.24MB")]
    [InlineData(999_999, "1e+03kB")]
    [InlineData(123_456_789_012, "123GB")]
    public void Sizes_have_powers_of_1000(long bytes, string text) => Assert.Equal(text, Units.Size(bytes));

    [Theory]
    [InlineData(757_760, "740KiB")]
    [InlineData(1_241_514, "1.184MiB")]
    [InlineData(67_108_864, "64MiB")]
    public void Memory_has_powers_of_1024(long bytes, string text) => Assert.Equal(text, Units.BinarySize(bytes));

    [Theory]
    [InlineData("512", 512)]
    [InlineData("64m", 64L << 20)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("2 kb", 2048)]
    public void A_size_is_read(string text, long bytes) => Assert.Equal(bytes, Units.ParseSize(text));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1")]
    [InlineData("1x")]
    [InlineData("1.2.3k")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<KeelsonException>(() => Units.ParseSize(text));

    [Theory]
    [InlineData(0.5, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(60, "About a minute")]
    [InlineData(3599, "59 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(7200, "2 hours")]
    [InlineData(86400 * 2, "2 days")]
    [InlineData(86400 * 15, "2 weeks")]
    [InlineData(86400 * 90, "3 months")]
    [InlineData(86400 * 800, "2 years")]
    public void Durations_are_rounded_for_people(double seconds, string text) => Assert.Equal(text, Units.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("1700000000.5", "1700000000.5")]
    [InlineData("2001-02-03T04:05:06Z", "981173106.000000000")]
    [InlineData("2001-02-03T04:05:06.123456789Z", "981173106.123456700")]
    public void A_time_is_read(string text, string expected) => Assert.Equal(expected, Times.Parse(text, TimeProvider.System));

    [Fact]
    public void Ports_in_a_row_are_a_range()
    {
        Port Of(ushort inside, string? address = null, ushort outside = 0) => new() { PrivatePort = inside, PublicPort = outside, IP = address, Type = "tcp" };
        Assert.Equal("80-82/tcp, 90/tcp", PortText.Of([Of(81), Of(80), Of(90), Of(82)]));
        Assert.Equal("0.0.0.0:90-91->90-91/tcp, 0.0.0.0:8080->80/tcp, :::8080->80/tcp", PortText.Of([Of(80, "0.0.0.0", 8080), Of(80, "::", 8080), Of(90, "0.0.0.0", 90), Of(91, "0.0.0.0", 91)]));
    }

    [Fact]
    public void Published_ports_are_read()
    {
        Dictionary<string, PortBinding[]> bindings = [];
        Dictionary<string, EmptyObject> exposed = [];
        foreach (string text in (string[])["80", "8080:81/udp", "127.0.0.1::82", "[::1]:1:83", "90-91:90-91", "7000-7001:84"]) PortSpec.Publish(text, bindings, exposed);
        Assert.Equal(["80/tcp :", "81/udp :8080", "82/tcp 127.0.0.1:", "83/tcp ::1:1", "84/tcp :7000-7001", "90/tcp :90", "91/tcp :91"],
            bindings.OrderBy(b => b.Key, StringComparer.Ordinal).Select(b => $"{b.Key} {b.Value[0].HostIp}:{b.Value[0].HostPort}"));
        Assert.Equal(bindings.Count, exposed.Count);
        foreach (string wrong in (string[])["", "x", "1:2:3:4", "70000", "80/xyz", "1-2:1-3"]) Assert.Throws<KeelsonException>(() => PortSpec.Publish(wrong, [], []));
    }

    [Fact]
    public void Mounts_are_read()
    {
        Mount mount = MountOptions.Parse("type=volume,source=v,\"dst=/a,b\",ro,volume-nocopy,volume-opt=a=b,volume-driver=d");
        Assert.Equal(("v", "/a,b", true, true, "d", "b"), (mount.Source, mount.Target, mount.ReadOnly, mount.VolumeOptions!.NoCopy, mount.VolumeOptions.DriverConfig!.Name, mount.VolumeOptions.DriverConfig.Options!["a"]));
        foreach (string wrong in (string[])["type=bind", "target=/a,nowhere=1", "type=bind,target=/a,tmpfs-size=1", "target=/a,readonly=maybe", "target"]) Assert.Throws<KeelsonException>(() => MountOptions.Parse(wrong));
    }

    [Theory]
    [InlineData("a", "61")]
    [InlineData("ctrl-p,ctrl-q", "1011")]
    [InlineData("ctrl-a,b,ctrl-]", "01621d")]
    public void Detach_keys_are_read(string text, string hex) => Assert.Equal(hex, Convert.ToHexStringLower(DetachKeys.Parse(text)));

    [Theory]
    [InlineData("ctrl-")]
    [InlineData("ctrl-1")]
    [InlineData("ab")]
    [InlineData("a,,b")]
    public void What_are_no_keys_is_refused(string text) => Assert.Throws<KeelsonException>(() => DetachKeys.Parse(text));

    [Fact]
    public void Keys_that_turn_out_to_be_others_are_passed_on()
    {
        DetachKeys keys = new("ctrl-p,ctrl-q");
        List<byte> passed = [];
        Assert.False(keys.Take("a\x10"u8, passed));
        Assert.Equal("a"u8, [.. passed]);
        Assert.False(keys.Take("\x10x"u8, passed));
        Assert.Equal("a\x10\x10x"u8, [.. passed]);
        Assert.False(keys.Take("\x10"u8, passed));
        Assert.True(keys.Take("\x11y"u8, passed));
        Assert.Equal("a\x10\x10x"u8, [.. passed]);
    }

    [Theory]
    [InlineData("c:/a/b", "c", "/a/b")]
    [InlineData("/a:b", null, "/a:b")]
    [InlineData("./a:b", null, "./a:b")]
    [InlineData("-", null, "-")]
    public void Ends_of_a_copy_are_read(string text, string? container, string path) => Assert.Equal(new CopyPath(container, path), CopyPath.Parse(text));

    [Fact]
    public void Progress_is_a_line_a_step_without_a_terminal_and_a_bar_on_one()
    {
        Assert.Equal("a: Pull complete\n", ProgressDisplay.Lines(new() { Id = "a", Status = "Pull complete", ProgressDetail = new() }));
        Assert.Null(ProgressDisplay.Lines(new() { Id = "a", Status = "Downloading", ProgressDetail = new() { Current = 1, Total = 2 } }));
        Assert.Equal("a: Downloading [===>    ]      5MB/10MB", ProgressDisplay.Terminal(new() { Id = "a", Status = "Downloading", ProgressDetail = new() { Current = 5_000_000, Total = 10_000_000 } }, 40));
    }

    [Fact]
    public void Frames_are_taken_apart_however_they_are_cut()
    {
        byte[] stream = [1, 0, 0, 0, 0, 0, 0, 3, .. "out"u8, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3, .. "err"u8, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'!'];
        for (int piece = 1; piece <= stream.Length; piece++)
        {
            FrameReader reader = new();
            StringBuilder[] texts = [new(), new(), new()];
            foreach (byte[] part in stream.Chunk(piece)) reader.Take(part, (kind, data) => texts[kind].Append(Encoding.UTF8.GetString(data)));
            Assert.Equal(("out!", "err"), (texts[1].ToString(), texts[2].ToString()));
        }
        Assert.Throws<KeelsonException>(() => new FrameReader().Take([9, 0, 0, 0, 0, 0, 0, 0], (_, _) => { }));
    }

    [Fact]
    public void Values_of_JSON_come_one_after_another()
    {
        JsonStream stream = new(new MemoryStream("""{"Id":"a"}{"Id":"b"}  """u8.ToArray()));
        Assert.Equal("a", stream.Read(DockerJson.Default.IdResponse)!.Id);
        Assert.Equal("b", stream.Read(DockerJson.Default.IdResponse)!.Id);
        Assert.Null(stream.Read(DockerJson.Default.IdResponse));
        Assert.Throws<KeelsonException>(() => new JsonStream(new MemoryStream("""{"Id":"""u8.ToArray())).Next());
    }

    [Fact]
    public void JSON_is_indented_as_it_came() =>
        Assert.Equal("[\n    {\n        \"a\": \"\\u003c{,\",\n        \"b\": {},\n        \"c\": []\n    },\n    1.50\n]", Encoding.UTF8.GetString(JsonIndent.Apply("""[{"a":"\u003c{,","b":{},"c":[ ]},1.50]"""u8)));
}
