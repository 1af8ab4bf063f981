using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Engine.Tests.Containers;

namespace Keelson.Engine.Tests;

/// <summary>Images that other programs made are loaded and run: several layers, one of which takes a file away and one that brings one.</summary>
public sealed class ImagesOfOthersTests
{
    // $1: a directory to work in; $2: a tree. What they make is $1/image.tar.
    private const string Umoci = """
        set -e; cd "$1"; echo made > who
        umoci init --layout layout; umoci new --image layout:made
        umoci insert --image layout:made "$2" /
        umoci insert --whiteout --image layout:made /etc/group
        umoci insert --image layout:made who /etc/who
        umoci config --image layout:made --config.cmd cat --config.cmd /etc/who --config.env PATH=/bin --config.user 1000

        """;

    // buildah wants a name server file and a policy of signatures, and neither a network nor cgroups.
    private const string Buildah = """
        set -e; cd "$1"; echo made > who
        printf '{"default":[{"type":"insecureAcceptAnything"}]}' > policy
        export BUILDAH_ISOLATION=chroot TMPDIR="$1"
        b() { buildah --root "$PWD/storage" --runroot "$PWD/run" --storage-driver vfs "$@"; }
        trap 'buildah --root "$PWD/storage" --runroot "$PWD/run" --storage-driver vfs umount -a > /dev/null' EXIT
        c=$(b from scratch); b copy -q "$c" "$2" / > /dev/null
        b config --cmd '["cat","/etc/who"]' --env PATH=/bin --user 1000 "$c"; b commit -q --signature-policy policy "$c" base > /dev/null
        c=$(b from --pull-never base); b copy -q "$c" who /etc/who > /dev/null; b run --user 0 "$c" -- rm /etc/group

        """;

    [OthersTheory("umoci buildah skopeo")]
    [InlineData("umoci's layout", Umoci + "tar -cf image.tar -C layout .")]
    [InlineData("skopeo oci:", Umoci + "skopeo copy -q --insecure-policy oci:layout:made oci:other:team/made:1; tar -cf image.tar -C other .")]
    [InlineData("skopeo oci-archive:", Umoci + "skopeo copy -q --insecure-policy oci:layout:made oci-archive:image.tar:team/made:1")]
    [InlineData("skopeo docker-archive:", Umoci + "skopeo copy -q --insecure-policy oci:layout:made docker-archive:image.tar:team/made:1")]
    [InlineData("skopeo with zstd", Umoci + "skopeo copy -q --insecure-policy --dest-compress-format zstd --dest-compress oci:layout:made oci:other:team/made:1; tar -cf image.tar -C other .")]
    [InlineData("buildah oci-archive:", Buildah + "b commit -q --signature-policy policy --format oci \"$c\" \"oci-archive:$1/image.tar:team/made:1\"")]
    [InlineData("buildah docker-archive:", Buildah + "b commit -q --signature-policy policy --format docker \"$c\" \"docker-archive:$1/image.tar:team/made:1\"")]
    public async Task An_image_is_loaded_and_runs(string maker, string script)
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string folder = Directory.CreateDirectory(test.Folder + "/made").FullName;
        ChildProcess.Run(["sh", "-c", script, "sh", folder, BusyboxRootfs.Shared], new() { Limit = TimeSpan.FromSeconds(120), Environment = new Dictionary<string, string> { ["HOME"] = folder } }).Succeeds();

        await using FileStream archive = File.OpenRead(folder + "/image.tar");
        EngineImage image = Assert.Single(await test.Engine.Images.LoadAsync(test.Service.Namespace, archive));
        string id = (await test.Service.CreateAsync(new() { Settings = new() { Image = image.Id.ToString() } })).Id;
        Task<ContainerExit> end = test.Service.WaitAsync(id, WaitCondition.NextExit);
        await test.Service.StartAsync(id);

        Assert.Equal((maker, 0, "made\n"), (maker, (await end).ExitCode, await test.LogAsync(id)));
        Assert.Equal((0, "no\n1000\n"), await test.FinishAsync("test -e /etc/group || echo no; id -u", settings => settings with { Image = image.Id.ToString() }));
        await test.Service.RemoveAsync(id);
    }
}
