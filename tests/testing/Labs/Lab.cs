using Xunit;

namespace Keelson.Testing.Labs;

/// <summary>The hands-on lab of a page of docs/tour, typed line by line. A line must succeed, unless its comment begins with <c>fails:</c> and says how it fails.</summary>
public static class Lab
{
    /// <summary>Types it.</summary>
    /// <param name="page">The page's file name.</param>
    /// <param name="directory">Where.</param>
    /// <param name="programs">A directory that comes first in the <c>PATH</c>.</param>
    /// <param name="patience">How long a command may be silent; <see cref="Condition.Limit"/> by default.</param>
    public static void Type(string page, string directory, string programs, TimeSpan? patience = null)
    {
        List<LabCommand> lab = LabCommand.Read(File.ReadAllText($"{Repository.Root}/docs/tour/{page}"));
        Assert.NotEmpty(lab);
        List<string> wrong = [];
        using LabSession session = new(directory, programs, patience ?? Condition.Limit);
        foreach (LabCommand command in lab)
        {
            (string output, int? status) = session.Type(command.Text);
            bool isRight = command.Failure is { } failure ? status is not (null or 0) && output.Contains(failure, StringComparison.Ordinal) : status is null or 0;
            if (!isRight) wrong.Add($"{command.Text}: {output}: status {status}");
        }
        Assert.Empty(wrong);
    }
}
