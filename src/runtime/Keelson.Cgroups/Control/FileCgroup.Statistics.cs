namespace Keelson.Cgroups;

internal sealed partial class FileCgroup
{
    public override CgroupStats ReadStats()
    {
        CgroupStats stats = new();
        foreach (CgroupDirectory directory in directories)
        {
            if (!directory.IsUnified) V1Stats.Read(directory, stats);
            else if (Mode == CgroupMode.V2) V2Stats.Read(directory, stats);
            else if (FindV1("hugetlb") is null) V2Stats.ReadHugepages(directory, stats);
        }
        return stats;
    }
}
