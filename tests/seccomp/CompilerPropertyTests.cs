using CsCheck;

namespace Keelson.Seccomp.Tests;

/// <summary>The compiled program answers as the profile's rules do.</summary>
public class CompilerPropertyTests
{
    private const int CallsPerProfile = 40;

    [Fact]
    public void A_program_answers_as_its_profile_on_x86() =>
        Check(ProfileGen.Profile(ProfileGen.X86), Gen.Const(SeccompArchitecture.SCMP_ARCH_X86_64), profiles: 1200);

    [Fact]
    public void A_program_answers_as_its_profile_on_every_architecture() =>
        Check(ProfileGen.Profile(ProfileGen.Architecture), ProfileGen.Architecture, profiles: 1200);

    [Fact]
    public void Rules_that_overlap_on_one_call_are_tried_in_order() =>
        Check(ProfileGen.Profile(ProfileGen.X86, ProfileGen.OneCall.Array[0, 12]), Gen.Const(SeccompArchitecture.SCMP_ARCH_X86_64), profiles: 2000);

    private static void Check(Gen<SeccompProfile> profiles_, Gen<SeccompArchitecture> natives, int profiles) =>
        Gen.Select(profiles_, natives)
            .SelectMany((profile, native) => ProfileGen.Call(profile, native).Array[CallsPerProfile].Select(calls => (profile, native, calls)))
            .Sample(
                c =>
                {
                    SeccompProgram program = SeccompCompiler.Compile(c.profile, c.native);
                    Assert.Null(BpfVerifier.FindFault(program.Instructions.Span));
                    foreach (SeccompData call in c.calls)
                    {
                        // Tables of both byte orders may stand in one profile; each kernel knows its own alone.
                        bool isBigEndian = (call.Architecture & 0x4000_0000) == 0;
                        uint expected = ProfileInterpreter.Decide(c.profile, c.native, call);
                        uint actual = BpfInterpreter.Run(program.Instructions.Span, call, out _, isBigEndian);
                        Assert.True(expected == actual, $"{SeccompReturn.Describe(actual)} instead of {SeccompReturn.Describe(expected)} for call {call.Number} of "
                            + $"0x{call.Architecture:x} ({string.Join(", ", ((ReadOnlySpan<ulong>)call.Arguments).ToArray().Select(a => $"0x{a:x}"))}) on {c.native}");
                    }
                },
                iter: profiles,
                print: c => ProfileGen.Describe(c.profile));
}
