namespace Keelson.Attacks;

/// <summary>
/// Attack 3: a container gets hold of the runtime's process on its way into it, and with it of its descriptors (CVE-2016-9962). The container's root has
/// all rights over its own user namespace, or those that engines give over the host's.
/// </summary>
public sealed class TracedProcessTests : IDisposable
{
    private RuntimeUnderTest? runtime;

    public void Dispose() => runtime?.Dispose();

    [RootFact]
    public void A_process_without_defence_is_traced_and_its_descriptors_are_opened()
    {
        TestContainer attacker = Attacker(OpenAt2.Allowed, withUserNamespace: true);
        Intruder.EnterUnprotected(attacker, AttackProgram.Path("enter"), () => attacker.WaitForOutput("trace enter"));
        foreach (string way in (string[])["fd", "getfd", "memory", "root", "exe", "trace"]) Assert.Contains($"got {way} enter\n", attacker.Output, StringComparison.Ordinal);
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_created_container_cannot_be_traced_by_one_beside_it(OpenAt2 openAt2) => AttackCreate(Attacker(openAt2, withUserNamespace: false));

    [RootTheory]
    [OpenAt2Data]
    public void A_created_container_cannot_be_traced_by_one_in_its_user_namespace(OpenAt2 openAt2) => AttackCreate(Attacker(openAt2, withUserNamespace: true));

    [CgroupTheory]
    [OpenAt2Data]
    public void A_process_that_execs_into_a_container_cannot_be_traced(OpenAt2 openAt2) => AttackExec(Attacker(openAt2, withUserNamespace: false));

    [CgroupTheory]
    [OpenAt2Data]
    public void A_process_that_execs_into_a_container_with_a_user_namespace_cannot_be_traced(OpenAt2 openAt2) => AttackExec(Attacker(openAt2, withUserNamespace: true));

    private void AttackCreate(TestContainer attacker)
    {
        TestContainer created = runtime!.Container(runtime.Bundle("sleep", "1000").Beside(attacker));
        created.Create();
        AssertOutOfReach(attacker, triedBefore: 0);
    }

    private void AttackExec(TestContainer attacker)
    {
        TestContainer paused = runtime!.Start(runtime.Bundle("sleep", "1000").Beside(attacker));
        paused.WaitForProgram();
        runtime.Run("pause", paused.Id).Succeeds();
        // That container's own process may have been tried as well, before it became its program.
        int tried = Tried(attacker);
        ChildProcess frozen = runtime.StartCommand(new CommandOptions(), "exec", "--ignore-paused", paused.Id, "true");
        // With v1 it freezes on its way in, where the attacker has all the time it needs. In the v2 tree it is born frozen, and outside of all namespaces of the container.
        if (CgroupTree.IsV1) AssertOutOfReach(attacker, tried);
        else Condition.Await("a second process in the frozen group", () => File.ReadAllLines(CgroupTree.PathOf("", paused.Bundle.CgroupsPath, "cgroup.procs")).Length == 2);
        runtime.Run("resume", paused.Id).Succeeds();
        frozen.WaitForEnd().Succeeds();
        Assert.DoesNotContain("got", attacker.Output, StringComparison.Ordinal);
    }

    private static void AssertOutOfReach(TestContainer attacker, int triedBefore)
    {
        Condition.Await("the attack", () => Tried(attacker) > triedBefore);
        Assert.DoesNotContain("got", attacker.Output, StringComparison.Ordinal);
        Assert.Equal("running", attacker.Status);
    }

    private static int Tried(TestContainer attacker) => attacker.Output.Split('\n').Count(line => line.Contains("trace keelson-runtime", StringComparison.Ordinal));

    private TestContainer Attacker(OpenAt2 openAt2, bool withUserNamespace)
    {
        runtime = AttackRuntime.Make(openAt2);
        BundleBuilder bundle = Intruder.Bundle(runtime, "trace");
        TestContainer attacker = runtime.Start(withUserNamespace ? bundle.InUserNamespace().Privileged() : bundle);
        attacker.WaitForOutput("ready");
        return attacker;
    }
}
