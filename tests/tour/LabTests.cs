namespace Keelson.Tour.Tests;

/// <summary>The labs of docs/tour, typed line by line. A line must succeed, unless its comment begins with <c>fails:</c> and says how it fails.</summary>
public sealed class LabTests : IDisposable
{
    private readonly string directory = TestDirectory.Make("lab");

    public void Dispose() => TestDirectory.Remove(directory);

    [PublishedTheory]
    [InlineData("runc.md")]
    public void The_commands_of_a_lab_do_what_it_says(string page)
    {
        List<LabCommand> lab = LabCommand.Read(File.ReadAllText($"{Repository.Root}/docs/tour/{page}"));
        Assert.NotEmpty(lab);
        List<string> wrong = [];
        using LabSession session = new(directory, Programs());
        foreach (LabCommand command in lab)
        {
            (string output, int? status) = session.Type(command.Text);
            bool isRight = command.Failure is { } failure ? status is not (null or 0) && output.Contains(failure, StringComparison.Ordinal) : status is null or 0;
            if (!isRight) wrong.Add($"{command.Text}: {output}: status {status}");
        }
        Assert.Empty(wrong);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory + "/state"));
    }

    /// <summary>The programs that labs call, with a state of their own.</summary>
    private string Programs()
    {
        string programs = Directory.CreateDirectory(directory + "/programs").FullName, wrapper = programs + "/keelson-runtime";
        File.WriteAllText(wrapper, $"#!/bin/sh\nexec {Repository.PublishedRuntime} --root {directory}/state \"$@\"\n");
        TestDirectory.SetMode(wrapper, 0b111_101_101);
        return programs;
    }
}
