namespace Keelson.Snapshots.Tests;

/// <summary>What every snapshotter does: changes of trees from layer to layer.</summary>
public abstract partial class SnapshotterConformance
{
    [RootFact]
    public async Task A_file_that_is_removed_stays_removed()
    {
        await LayerAsync("one", "", "mkdir d; touch a b d/c");
        await LayerAsync("two", "one", "rm a d/c");
        await LayerAsync("three", "two", "touch a");
        await SeesAsync("two", "find . -mindepth 1 | sort", "./b\n./d");
        await SeesAsync("three", "find . -mindepth 1 | sort", "./a\n./b\n./d");
    }

    [RootFact]
    public async Task A_file_that_is_changed_is_the_changed_one_above_alone()
    {
        await LayerAsync("one", "", "echo 1 > file; chmod 600 file");
        await LayerAsync("two", "one", "echo 2 >> file; chmod 644 file; touch -d @1000000000 file");
        await SeesAsync("one", "cat file; stat -c %a file", "1\n600");
        await SeesAsync("two", "cat file; stat -c '%a %Y' file", "1\n2\n644 1000000000");
    }

    [RootFact]
    public async Task A_directory_that_is_removed_and_made_again_is_empty()
    {
        await LayerAsync("one", "", "mkdir -p d/e; touch d/a d/e/b");
        await LayerAsync("two", "one", "rm -r d; mkdir d; touch d/new");
        await LayerAsync("three", "two", "mkdir d/e; touch d/e/c");
        await SeesAsync("two", "find d | sort", "d\nd/new");
        await SeesAsync("three", "find d | sort", "d\nd/e\nd/e/c\nd/new");
    }

    [RootFact]
    public async Task A_directory_becomes_a_file_and_a_file_a_directory()
    {
        await LayerAsync("one", "", "mkdir a; touch a/x; touch b");
        await LayerAsync("two", "one", "rm -r a b; echo file > a; mkdir b; touch b/y");
        await LayerAsync("three", "two", "rm -r a b; ln -s nowhere a; mknod b p");
        await SeesAsync("two", "cat a; find . -mindepth 1 | sort", "file\n./a\n./b\n./b/y");
        await SeesAsync("three", "stat -c '%n %F' a b", "a symbolic link\nb fifo");
    }

    [RootFact]
    public async Task A_file_is_renamed_across_layers()
    {
        await LayerAsync("one", "", "mkdir d; echo 1 > d/a");
        await LayerAsync("two", "one", "mv d/a b; mkdir e; mv b e/c");
        await SeesAsync("two", "cat e/c; find . -mindepth 1 | sort", "1\n./d\n./e\n./e/c");
    }

    [RootFact]
    public async Task A_directory_is_renamed_across_layers()
    {
        await LayerAsync("one", "", "mkdir -p d/e; echo 1 > d/e/a");
        await LayerAsync("two", "one", "mv d f");
        await LayerAsync("three", "two", "echo 2 > f/e/b; mv f/e g");
        await SeesAsync("three", "cat g/a g/b; find . -mindepth 1 | sort", "1\n2\n./f\n./g\n./g/a\n./g/b");
    }

    [RootFact]
    public async Task Owners_and_permissions_go_on_through_layers()
    {
        await LayerAsync("one", "", "mkdir d; touch d/f; chown 1000:1001 d/f; chmod 4755 d/f; chmod 1777 d");
        await LayerAsync("two", "one", "chown -h 5:6 d; echo x >> d/f; chmod 4755 d/f");
        await SeesAsync("two", "stat -c '%n %u:%g %a' d d/f", "d 5:6 1777\nd/f 1000:1001 4755");
    }

    [RootFact]
    public async Task The_root_directory_is_as_the_layers_leave_it()
    {
        await LayerAsync("plain", "", "true");
        await LayerAsync("one", "", "chmod 2750 .; chown 7:8 .; chmod 2750 .");
        await LayerAsync("two", "one", "touch a");
        await LayerAsync("three", "two", "chmod 3777 .");
        await SeesAsync("plain", "stat -c '%u:%g %a' .", "0:0 755");
        await SeesAsync("two", "stat -c '%u:%g %a' .", "7:8 2750");
        await SeesAsync("three", "stat -c '%u:%g %a' .", "7:8 3777");
        Assert.Equal("7:8 3777", InMount(await Snapshotter.PrepareAsync("a", "three"), "stat -c '%u:%g %a' .").Succeeds().Text);
    }

    [RootFact]
    public async Task Extended_attributes_go_on_through_layers()
    {
        await LayerAsync("one", "", "touch f; mkdir d; setfattr -n user.x -v 1 f; setfattr -n trusted.y -v 2 d; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 f");
        await LayerAsync("two", "one", "touch d/new; setfattr -n user.z -v 3 f");
        await SeesAsync("two", "getfattr -m - -d --absolute-names f d | grep -v overlay",
            "# file: f\nsecurity.capability=0sAQAAAgAEAAAAAAAAAAAAAAAAAAA=\nuser.x=\"1\"\nuser.z=\"3\"\n\n# file: d\ntrusted.y=\"2\"");
    }

    [RootFact]
    public async Task Hard_links_of_a_layer_are_kept()
    {
        await LayerAsync("one", "", "echo 1 > a; mkdir d; ln a d/b; ln a c");
        await LayerAsync("two", "one", "touch other");
        await SeesAsync("two", "stat -c '%h' a; [ $(stat -c %i a) = $(stat -c %i d/b) ] && [ $(stat -c %i a) = $(stat -c %i c) ] && echo same", "3\nsame");
    }

    [RootFact]
    public async Task Times_of_files_and_directories_are_kept()
    {
        await LayerAsync("one", "", "mkdir d; touch -d @1000000000.123456789 d/f; ln -s x d/l; touch -h -d @999999999 d/l; touch -d @1111111111 d");
        await LayerAsync("two", "one", "touch new");
        await SeesAsync("two", "stat -c '%n %.9Y' d/f d/l d", "d/f 1000000000.123456789\nd/l 999999999.000000000\nd 1111111111.000000000");
    }

    [RootFact]
    public async Task Names_may_be_any_bytes_and_files_may_have_holes()
    {
        await LayerAsync("one", "", "touch \"$(printf 'a\\377\\nb')\"; truncate -s 1G hole; printf end >> hole");
        await LayerAsync("two", "one", "touch new");
        await SeesAsync("two", "ls -b; stat -c %s hole; tail -c 3 hole", "a\\377\\nb\nhole\nnew\n1073741827\nend");
    }

    [RootFact]
    public async Task The_top_of_128_layers_shows_all_of_them()
    {
        string parent = "";
        for (int i = 1; i <= 128; i++)
        {
            await LayerAsync($"l{i}", parent, $"echo {i} > f{i}; echo {i} > last; rm -f f{i - 2}");
            parent = $"l{i}";
        }
        await SeesAsync(parent, "cat last; ls | sort", "128\nf127\nf128\nlast");
        Assert.Equal("128", InMount(await Snapshotter.PrepareAsync("a", parent), "cat last; echo new > f1").Succeeds().Text);
    }

    [RootFact]
    public async Task A_temporary_mount_is_filled_and_read_by_this_process()
    {
        using (TemporaryMount mount = TemporaryMount.Open(await Snapshotter.PrepareAsync("a", "")))
            await File.WriteAllTextAsync(mount.Path + "/file", "text");
        await Snapshotter.CommitAsync("one", "a");
        await LayerAsync("two", "one", "mkdir d");
        using TemporaryMount view = TemporaryMount.Open(await Snapshotter.ViewAsync("v", "two"));
        Assert.Equal("text", await File.ReadAllTextAsync(view.Path + "/file"));
        Assert.Equal(["d", "file"], Directory.GetFileSystemEntries(view.Path).Select(Path.GetFileName).Order());
    }

    [RootFact]
    public async Task A_user_namespace_owns_its_snapshot()
    {
        Dictionary<string, string> labels = new() { [SnapshotLabels.UserMapping] = "0:100000:65536", [SnapshotLabels.GroupMapping] = "0:200000:65536" };
        await LayerAsync("one", "", "touch root; touch user; chown 1000:1001 user; mkdir d; chown 33:33 d");
        await LayerAsync("two", "one", "touch d/f");
        foreach (string parent in (string[])["one", "two"])
        {
            await Snapshotter.PrepareAsync("a" + parent, parent, labels);
            string script = "stat -c '%u:%g' . root user d; echo x >> user; stat -c '%u:%g' user";
            Assert.Equal("100000:200000\n100000:200000\n101000:201001\n100033:200033\n101000:201001", InMount(await Snapshotter.MountsAsync("a" + parent), script).Succeeds().Text);
            Assert.Equal("100000:200000\n101000:201001", InMount(await Snapshotter.ViewAsync("v" + parent, parent, labels), "stat -c '%u:%g' root user").Succeeds().Text);
        }
        Assert.Equal("100000:200000", InMount(await Snapshotter.PrepareAsync("empty", "", labels), "stat -c '%u:%g' .").Succeeds().Text);
    }

    [RootTheory]
    [InlineData("0:100000", "0:100000:65536")]
    [InlineData("0:100000:65536", null)]
    [InlineData("0:100000:0", "0:100000:65536")]
    [InlineData("0:4294967295:65536", "0:100000:65536")]
    public async Task A_mapping_that_is_none_is_InvalidArgument(string users, string? groups)
    {
        Dictionary<string, string> labels = new() { [SnapshotLabels.UserMapping] = users };
        if (groups is not null) labels[SnapshotLabels.GroupMapping] = groups;
        await LayerAsync("one", "", "true");
        await FailsAsync(ErrorKind.InvalidArgument, () => Snapshotter.PrepareAsync("a", "one", labels), "mapping");
        Assert.Equal("one", await KeysAsync());
    }
}
