using Keelson.Tuf;

namespace Keelson.Fuzz.Targets;

/// <summary>Metadata of each kind in both dialects, with their keys and delegations.</summary>
internal sealed class TufMetadataTarget : IFuzzTarget
{
    private static readonly ITufDialect[] Dialects = [new TufOneDialect(), new NotaryDialect("localhost/golden/image")];

    public string Name => "tuf-metadata";

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] file = input.ToArray();
        foreach (ITufDialect dialect in Dialects)
        {
            TufEnvelope envelope;
            try
            {
                envelope = TufEnvelope.Parse(file, dialect);
            }
            catch (TufException)
            {
                continue;
            }
            Refusable(() =>
            {
                TufRoot root = new(envelope);
                dialect.CheckRoot(root, default);
                _ = new TufTrustedSet(file, dialect, default);
            });
            Refusable(() => _ = new TufTimestamp(envelope));
            Refusable(() => _ = new TufSnapshot(envelope));
            Refusable(() =>
            {
                TufTargets targets = new(envelope);
                foreach (TufTargetFile target in targets.Targets.Values)
                    foreach (TufDelegatedRole role in targets.Delegations?.RolesFor(target.Path, dialect) ?? [])
                        TufThreshold.Count(envelope, role.Keys, targets.Delegations!.Keys);
            });
        }
    }

    private static void Refusable(Action read)
    {
        try
        {
            read();
        }
        catch (TufException)
        {
            // Refused, as most are.
        }
    }
}
