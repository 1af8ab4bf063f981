using System.Reflection;
using Keelson.Linux.Sys;

namespace Keelson.Linux.Tests;

/// <summary>Structures that the kernel reads or writes lie in memory as the C headers say.</summary>
public class StructLayoutTests
{
    /// <summary>One line a structure: ours, the C type, and the C names of our public fields in their order.</summary>
    private static readonly Layout[] Layouts =
    [
        new(typeof(FileStatus), "struct stat", "st_dev st_ino st_nlink st_mode st_uid st_gid st_rdev st_size st_blksize st_blocks "
            + "st_atim.tv_sec st_atim.tv_nsec st_mtim.tv_sec st_mtim.tv_nsec st_ctim.tv_sec st_ctim.tv_nsec"),
        new(typeof(FileSystemStatus), "struct statfs", "f_type"),
        new(typeof(OpenHow), "struct open_how", "flags mode resolve"),
        new(typeof(PollEntry), "struct pollfd", "fd events revents"),
        new(typeof(MessageHeader), "struct msghdr", "msg_name msg_namelen msg_iov msg_iovlen msg_control msg_controllen msg_flags"),
        new(typeof(IoVector), "struct iovec", "iov_base iov_len"),
    ];

    private sealed record Layout(Type Type, string CType, string CFields)
    {
        public string[] Names => CFields.Split(' ');

        public FieldInfo[] Fields => [.. Type.GetFields(BindingFlags.Instance | BindingFlags.Public).OrderBy(f => ManagedLayout.Of(f).Offset)];
    }

    public static TheoryData<string> Names => [.. Layouts.Select(layout => layout.Type.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_structure_lies_in_memory_as_in_C(string name)
    {
        Layout layout = Layouts.Single(l => l.Type.Name == name);
        string size = $"sizeof({layout.CType})";
        string[] offsets = [.. layout.Names.Select(field => $"offsetof({layout.CType}, {field})")];
        string[] sizes = [.. layout.Names.Select(field => $"sizeof((({layout.CType} *)0)->{field})")];
        Dictionary<string, long> c = CHeaders.Evaluate([size, .. offsets, .. sizes]);

        Assert.Equal(layout.Names.Length, layout.Fields.Length);
        Assert.Equal(c[size], ManagedLayout.SizeOf(layout.Type));
        for (int i = 0; i < layout.Fields.Length; i++)
        {
            (int offset, int bytes) = ManagedLayout.Of(layout.Fields[i]);
            Assert.Equal($"{layout.Names[i]} at {c[offsets[i]]}, {c[sizes[i]]} bytes", $"{layout.Names[i]} at {offset}, {bytes} bytes");
        }
    }

    [Fact]
    public void Every_structure_for_the_kernel_is_in_the_table()
    {
        string[] forgotten =
        [
            .. typeof(FileStatus).Assembly.GetTypes()
                .Where(type => type.Namespace == "Keelson.Linux.Sys" && type is { IsValueType: true, IsEnum: false, IsNested: false }
                    && type.GetFields(BindingFlags.Instance | BindingFlags.Public).Length > 0)
                .Except(Layouts.Select(layout => layout.Type))
                .Select(type => type.Name),
        ];
        Assert.True(forgotten.Length == 0, $"no line for {string.Join(", ", forgotten)}");
    }
}
