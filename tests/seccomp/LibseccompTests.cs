using CsCheck;

namespace Keelson.Seccomp.Tests;

/// <summary>Our programs decide as those that runc makes with libseccomp.</summary>
public class LibseccompTests
{
    private static readonly ulong[] Arguments =
        [0, 1, 2, 8, 9, 38, 40, 0x20000, 0x20008, 0x7E02_0000, 0x1000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x1_0000_0000, 0x1_0000_0008, ulong.MaxValue];

    [LibseccompFact]
    public void The_docker_profile_decides_as_with_runc() => Compare(ContainersProfile.Docker());

    [LibseccompFact]
    public void The_podman_profile_decides_as_with_runc() => Compare(ContainersProfile.Podman());

    [LibseccompFact]
    public void The_docker_profile_for_x86_64_alone_decides_as_with_runc()
    {
        SeccompProfile profile = ContainersProfile.Docker();
        profile.Architectures = [];
        Compare(profile);
    }

    [LibseccompFact]
    public void A_profile_that_forbids_decides_as_with_runc()
    {
        SeccompProfile profile = ContainersProfile.Docker();
        profile.DefaultAction = SeccompAction.SCMP_ACT_ALLOW;
        foreach (SeccompRule rule in profile.Syscalls) (rule.Action, rule.ErrnoRet) = (SeccompAction.SCMP_ACT_ERRNO, 13);
        Compare(profile);
    }

    [LibseccompFact]
    public void Random_rules_that_allow_decide_as_with_runc() =>
        ProfileGen.Profile(ProfileGen.X86, ProfileGen.AllowRules)
            // libseccomp has no errno 4095, the largest that the kernel has.
            .Where(p => p.DefaultAction is SeccompAction.SCMP_ACT_ERRNO or SeccompAction.SCMP_ACT_TRAP && p.DefaultErrnoRet != 4095)
            .SelectMany(p => ProfileGen.Call(p, SeccompArchitecture.SCMP_ARCH_X86_64).Array[30].Select(calls => (Profile: p, Calls: calls)))
            .Sample(
                c =>
                {
                    ReadOnlySpan<byte> ours = SeccompCompiler.Compile(c.Profile, SeccompArchitecture.SCMP_ARCH_X86_64).Instructions.Span;
                    RuncFilter theirs = new(c.Profile);
                    foreach (SeccompData call in c.Calls) Compare(ours, theirs, call);
                },
                iter: 1500,
                print: c => ProfileGen.Describe(c.Profile));

    // Every number that could be a call, with arguments that the profile compares and some that it does not.
    private static void Compare(SeccompProfile profile)
    {
        ReadOnlySpan<byte> ours = SeccompCompiler.Compile(profile, SeccompArchitecture.SCMP_ARCH_X86_64).Instructions.Span;
        foreach (bool useTree in new[] { false, true })
        {
            RuncFilter theirs = new(profile, useTree);
            foreach (uint audit in new uint[] { 0xC000_003E, 0x4000_0003, 0xC000_00B7, 0 })
                foreach (uint high in new uint[] { 0, 0x4000_0000 })
                    for (uint number = 0; number <= 700; number++)
                        foreach (ulong argument in Arguments)
                        {
                            SeccompData call = new() { Architecture = audit, Number = number | high };
                            ((Span<ulong>)call.Arguments).Fill(argument);
                            Compare(ours, theirs, call);
                        }
        }
    }

    private static void Compare(ReadOnlySpan<byte> ours, RuncFilter theirs, in SeccompData call)
    {
        SeccompData cut = RuncFilter.CutArguments(call);
        uint actual = BpfInterpreter.Run(ours, RuncFilter.IsX32(call) ? cut : call, out _);
        uint expected = theirs.Decide(cut);
        Assert.True(expected == actual, $"{SeccompReturn.Describe(actual)} instead of {SeccompReturn.Describe(expected)} for call {call.Number} of "
            + $"0x{call.Architecture:x} ({string.Join(", ", ((ReadOnlySpan<ulong>)call.Arguments).ToArray().Select(a => $"0x{a:x}"))})");
    }
}
