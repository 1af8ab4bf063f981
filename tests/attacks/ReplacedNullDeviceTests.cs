using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>Attack 7: the image's <c>/dev/null</c> is a link or another file, and would come to lie over masked paths (CVE-2025-31133).</summary>
public sealed class ReplacedNullDeviceTests : IDisposable
{
    private const string Masked = "/etc/masked";
    private RuntimeUnderTest? runtime;

    public void Dispose() => runtime?.Dispose();

    [RootFact]
    public void Without_defence_what_the_image_links_to_covers_the_masked_file()
    {
        BundleBuilder bundle = Image(OpenAt2.Allowed, "link");
        string script = $"mount --bind {bundle.Rootfs}/dev/null {bundle.Rootfs}{Masked} && cat {bundle.Rootfs}{Masked}";
        Assert.Equal("chosen by the image\n", ChildProcess.Run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script]).Succeeds().Stdout);
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_null_device_of_the_image_that_is_none_is_refused(OpenAt2 openAt2)
    {
        foreach (string kind in (string[])["link", "link to a device", "file", "directory", "other device", "fifo"])
        {
            BundleBuilder bundle = Image(openAt2, kind);
            string message = runtime!.Container(bundle).TryCreate().Exits(1).Stderr;
            Assert.True(message.Contains("/dev/null: EEXIST", StringComparison.Ordinal), $"{kind}: {message}");
            Assert.Empty(runtime.FindLeaks());
            runtime.Dispose();
        }
    }

    /// <summary>With a <c>/dev</c> that the configuration brings, nothing in it is made or checked by the runtime.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void Masks_do_not_come_from_the_container_s_null_device(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Image(openAt2, "link");
        bundle.Mount("/dev", "bind", bundle.Rootfs + "/dev", "bind").Shell($"cat {Masked}; stat -c %t:%T {Masked}; echo x >> {Masked}; cat /victim");
        CommandResult result = runtime!.RunBundle(bundle).Succeeds();
        Assert.Equal("1:3\nchosen by the image\n", result.Stdout);
        Assert.Equal("to be hidden\n", File.ReadAllText(bundle.Rootfs + Masked));
    }

    /// <summary>A container that may write to the image swaps the device again and again while others are created from it.</summary>
    [RootTheory]
    [InlineData(OpenAt2.Allowed, 30)]
    [InlineData(OpenAt2.Missing, 30)]
    [InlineData(OpenAt2.Allowed, 3000, Traits = ["suite", "soak"])]
    [InlineData(OpenAt2.Missing, 3000, Traits = ["suite", "soak"])]
    public void A_null_device_that_is_swapped_during_create_never_covers_a_masked_file(OpenAt2 openAt2, int times)
    {
        BundleBuilder bundle = Image(openAt2, "null");
        TestContainer racer = runtime!.Start(runtime.Bundle().Mount("/mnt", "bind", bundle.Rootfs + "/dev", "bind", "dev").Capabilities(["bounding", "permitted", "effective"], "CAP_MKNOD")
            .SetJson("linux.resources.devices", """[{"allow": true, "access": "rwm"}]""")
            .Shell("cd /mnt; ln -s /victim link; mknod real c 1 3 && echo ready; while true; do ln -f real null; ln -f link null; done"));
        racer.WaitForOutput("ready");
        bundle.Args("cat", Masked);
        for (int i = 0; i < times; i++)
        {
            CommandResult result = runtime.RunBundle(bundle);
            Assert.True(result.Stdout.Length == 0, result.ToString());
            if (result.ExitCode == 1) Assert.Contains("/dev/null", result.Stderr, StringComparison.Ordinal);
        }
    }

    /// <summary>A container whose <c>/dev</c> is the image's, with what the attacker put at <c>/dev/null</c>, and one masked file.</summary>
    private BundleBuilder Image(OpenAt2 openAt2, string kind)
    {
        runtime = AttackRuntime.Make(openAt2);
        BundleBuilder bundle = runtime.Bundle("true").WritableRoot().AddJson("linux.maskedPaths", $"\"{Masked}\"");
        foreach (string path in (string[])["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"]) bundle.WithoutMount(path);
        File.WriteAllText(bundle.Rootfs + Masked, "to be hidden\n");
        File.WriteAllText(bundle.Rootfs + "/victim", "chosen by the image\n");
        string path0 = bundle.Rootfs + "/dev/null";
        switch (kind)
        {
            case "link": Files.TrySymlink("../victim", path0).ThrowIfError("symlink"); break;
            case "link to a device": Files.TrySymlink("/dev/zero", path0).ThrowIfError("symlink"); break;
            case "file": File.WriteAllText(path0, ""); break;
            case "directory": Directory.CreateDirectory(path0); break;
            case "other device": Files.TryMakeNode(path0, FileStatus.S_IFCHR | 0b110_110_110, Device.Make(1, 5)).ThrowIfError("mknod"); break;
            case "fifo": Files.TryMakeNode(path0, FileStatus.S_IFIFO | 0b110_110_110).ThrowIfError("mknod"); break;
            default: Files.TryMakeNode(path0, FileStatus.S_IFCHR | 0b110_110_110, Device.Make(1, 3)).ThrowIfError("mknod"); break;
        }
        return bundle;
    }
}
