using System.Diagnostics;
using Keelson.Network.Records;

namespace Keelson.Cni.Tests.Driver;

/// <summary>Plug-ins that fail in all ways: they are told, asked to take back what they have made, and nothing of theirs stays.</summary>
public sealed class HostilePluginTests
{
    private static readonly string Good = """echo '{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","mac":"02:00:00:00:00:01","sandbox":"'$CNI_NETNS'"}],"ips":[{"address":"10.1.0.2/24","interface":0}]}'""";

    [RootTheory]
    [InlineData("""echo '{"cniVersion":"1.0.0","code":123,"msg":"no luck","details":"at all"}'; exit 1""", "CNI plug-in mad: ADD: no luck; at all (code 123)")]
    [InlineData("echo broken >&2; exit 2", "CNI plug-in mad: ADD: it ended with 2 and no error: broken")]
    [InlineData("kill -9 $$", "it ended with 137 and no error")]
    [InlineData("exec yes", "it writes more than 1048576 bytes")]
    [InlineData("yes >&2 & sleep 0.1; kill %1; exit 7", "it ended with 7 and no error: y y y")]
    [InlineData("echo nonsense", "CNI plug-in mad: ADD: result: it is no JSON")]
    [InlineData("echo '[]'", "it is no object")]
    [InlineData("exit 0", "it wrote no result")]
    [InlineData("""echo '{"ips":[{"address":"10.1.0.2/24","interface":9}]}'""", "and there are 0")]
    [InlineData("""echo '{"ips":[{"address":"10.1.0.2"}]}'""", "length of a prefix")]
    [InlineData("""echo '{"a":1,"a":2}'""", "it is no JSON")]
    [InlineData("sleep 100", "it took longer than 1 s, and was killed")]
    [InlineData("sleep 5 & sleep 0.05; echo '{}'; exit 0", "it took longer than 1 s, and was killed")]
    public async Task A_plug_in_that_misbehaves_is_told_and_taken_back(string script, string why)
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        lab.Patience = TimeSpan.FromSeconds(1);
        await lab.RestartAsync();
        lab.Lab.Write("mad", $"#!/bin/bash\necho $CNI_COMMAND $CNI_CONTAINERID >> {lab.Lab.Folder}/log\n[ $CNI_COMMAND = DEL ] && exit 0\n{script}\n");
        await lab.CreateAsync($$"""{{lab.Bridge()}},{"type":"mad"}""");
        long start = Stopwatch.GetTimestamp();
        KeelsonException e = await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")] }));
        Assert.Contains(why, e.FullMessage, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        Assert.Equal(["ADD web", "DEL web"], File.ReadAllLines(lab.Lab.Folder + "/log"));
        // Those before it have been asked too.
        Assert.Equal((0, 0, ""), (lab.Held().Length, lab.Kept, string.Join(' ', lab.Troubles)));
        Assert.Null(lab.Controller.FindSandbox("web"));
    }

    [RootFact]
    public async Task A_plug_in_that_refuses_DEL_keeps_the_end_until_it_does_not()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        lab.Lab.Write("mad", $"#!/bin/sh\n[ $CNI_COMMAND = DEL ] && [ -e {lab.Lab.Folder}/stubborn ] && {{ echo '{{\"code\":11,\"msg\":\"later\"}}'; exit 1; }}\n[ $CNI_COMMAND = DEL ] && exit 0\n{Good}\n");
        await lab.CreateAsync($$"""{{lab.Bridge()}},{"type":"mad"}""");
        await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")] });
        File.WriteAllText(lab.Lab.Folder + "/stubborn", "");
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => lab.Controller.CloseAsync("web"));
        Assert.Contains("CNI plug-in mad: DEL: later (code 11)", e.FullMessage, StringComparison.Ordinal);
        // The others were asked all the same.
        Assert.Equal((0, 1), (lab.Held().Length, lab.Kept));
        File.Delete(lab.Lab.Folder + "/stubborn");
        await lab.Controller.CloseAsync("web");
        Assert.Equal((0, false), (lab.Kept, lab.Controller.FindSandbox("web") is not null));
    }

    [RootFact]
    public async Task An_engine_that_was_killed_while_a_plug_in_worked_takes_its_work_back()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        await lab.CreateAsync(lab.Bridge());
        await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")] });
        // As it is when the result was not heard of any more: the end is unfinished, and what was kept has no result.
        string run = lab.Lab.Folder + "/run/sandboxes/web.json", kept = Directory.GetFiles(lab.Lab.Folder + "/engine/cni").Single();
        await lab.RestartAsync(() =>
        {
            File.WriteAllText(run, File.ReadAllText(run).Replace("\"IsUnfinished\":false", "\"IsUnfinished\":true", StringComparison.Ordinal));
            System.Text.Json.Nodes.JsonObject record = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(kept))!.AsObject();
            record["Result"] = "";
            File.WriteAllText(kept, record.ToJsonString());
        });
        Assert.Empty(lab.Controller.FindSandbox("web")!.Endpoints);
        Assert.Equal((0, 0, ""), (lab.Held().Length, lab.Kept, string.Join(' ', lab.Troubles)));
    }

    [RootFact]
    public async Task A_plug_in_that_hangs_holds_up_an_engine_s_start_once()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        lab.Lab.Write("mad", $"#!/bin/sh\n[ $CNI_COMMAND = DEL ] && [ -e {lab.Lab.Folder}/stubborn ] && exec sleep 100\n[ $CNI_COMMAND = DEL ] && exit 0\n{Good}\n");
        await lab.CreateAsync($$"""{{lab.Bridge()}},{"type":"mad"}""");
        foreach (int i in Enumerable.Range(0, 6)) await lab.OpenAsync(new() { ContainerId = $"c{i}", Endpoints = [new("web")] });
        lab.Running.Clear();
        lab.Patience = TimeSpan.FromSeconds(1);
        File.WriteAllText(lab.Lab.Folder + "/stubborn", "");
        long start = Stopwatch.GetTimestamp();
        await lab.RestartAsync(() => Directory.Delete(lab.Lab.Folder + "/run/sandboxes", recursive: true));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4));
        Assert.Equal((6, true), (lab.Kept, lab.Troubles.Count >= 6));
        File.Delete(lab.Lab.Folder + "/stubborn");
        lab.Patience = TimeSpan.FromSeconds(60);
        await lab.RestartAsync();
        Assert.Equal((0, 0), (lab.Kept, lab.Held().Length));
    }

    [RootTheory]
    [InlineData("../../etc/x")]
    [InlineData("a/b")]
    [InlineData("relative.conflist")]
    public async Task A_network_that_is_no_name_and_no_absolute_path_is_refused(string reference)
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        NetworkRecord wish = new() { Id = "", Name = "x", Driver = "cni", Options = new Dictionary<string, string> { ["conflist"] = reference } };
        KeelsonException e = await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.CreateAsync(wish));
        Assert.True(e.Kind is ErrorKind.InvalidArgument or ErrorKind.NotFound, e.Message);
    }

    [RootFact]
    public async Task A_container_s_environment_tells_plug_ins_nothing_but_what_they_are_to_hear()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        lab.Lab.Write("mad", $"#!/bin/sh\necho \"$CNI_COMMAND|$CNI_CONTAINERID|$CNI_IFNAME|$CNI_ARGS|$CNI_PATH\" >> {lab.Lab.Folder}/log\n[ $CNI_COMMAND = DEL ] && exit 0\n{Good}\n");
        await lab.CreateAsync("""{"type":"mad"}""");
        await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web") { Options = new Dictionary<string, string> { ["com.keelson.cni.args"] = "K8S=a;B=c" } }] });
        Assert.Equal($"ADD|web|eth0|IgnoreUnknown=1;K8S=a;B=c|{lab.Lab.Folder}/bin:/usr/lib/cni", File.ReadAllLines(lab.Lab.Folder + "/log")[0]);
        await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.OpenAsync(new() { ContainerId = "second", Endpoints = [new("web") { Options = new Dictionary<string, string> { ["com.keelson.cni.args"] = "A=B=C" } }] }));
        await lab.Controller.CloseAsync("web");
    }
}
